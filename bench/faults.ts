import { withFreshDatabase } from '../scripts/fresh_database.ts'
import { killWorkers } from './support/job_faults.ts'

const jobs = 5_000

/** 4 workers over 5,000 jobs, killed 30 times: each effect takes place exactly once and no job is lost or dead. */
export async function measureFaults(): Promise<void> {
  const report = await withFreshDatabase((url) => killWorkers({ url, jobs, workers: 4, kills: 30 }))
  console.table({ ...report, states: JSON.stringify(report.states), unexplainedKeys: report.unexplainedKeys.length })
  const isSound =
    report.effectiveCount === jobs && report.states.succeeded === jobs && report.unexplainedKeys.length === 0
  console.log(isSound ? 'Each effect exactly once, none lost, none dead' : 'NOT sound')
  if (!isSound) process.exitCode = 1
}
