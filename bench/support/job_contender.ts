import { z } from 'zod'

/** What a contender is started with. */
const inputSchema = z.object({ url: z.string(), isBatched: z.boolean(), count: z.number(), concurrency: z.number() })

/** What it tells when it handled all jobs. */
export const resultSchema = z.object({
  /** From the first call of the handler to the last. */
  seconds: z.number(),
  /** From enqueueing to the start of the handler, of jobs that carry their time. */
  latencies: z.array(z.number()),
})

/** Settings of a contender's process. */
export type ContenderInput = z.infer<typeof inputSchema>

/** The payload of every job. */
export const payloadSchema = z.strictObject({ at: z.number() })

/** Milliseconds since 1970 with fractions, comparable between the processes of a machine. */
export const preciseNow = () => performance.timeOrigin + performance.now()

/**
 * Runs a contender inside its process: starts it when told to, counts the calls of its handler and tells the result.
 *
 * @param start begins to work; calls `handle` once for each job
 */
export function contend(start: (input: ContenderInput, handle: (at: number) => void) => Promise<void>): void {
  const input = inputSchema.parse(JSON.parse(process.argv[2] ?? '{}'))
  const latencies: number[] = []
  let first = 0
  const handle = (at: number) => {
    const now = preciseNow()
    if (latencies.length === 0) first = now
    latencies.push(now - at)
    if (latencies.length === input.count) process.send?.({ seconds: (now - first) / 1000, latencies })
  }
  start(input, handle).then(
    () => process.send?.('ready'),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
  process.once('SIGTERM', () => process.exit(0))
}
