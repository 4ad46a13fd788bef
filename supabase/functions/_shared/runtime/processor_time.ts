/**
 * Milliseconds of processor time that this process has used, for measuring what a step of a job costs: of all that runs
 * in it, so an upper bound. Where a platform does not tell, the time that went by.
 */
export function processorTime(): number {
  if (typeof process === 'undefined' || typeof process.cpuUsage !== 'function') return performance.now()
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
