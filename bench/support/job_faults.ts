import { type ChildProcess, fork } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'

/** What became of jobs whose workers were killed. */
export interface FaultReport {
  /** Keys whose effect took place, of as many as there are jobs. */
  readonly effectiveCount: number
  /** Jobs by their state in the end. */
  readonly states: Readonly<Record<string, number>>
  /** Calls of the provider with a key it knew already. */
  readonly repeatedCount: number
  /** Keys that were called again more often than a worker was killed that held their job. */
  readonly unexplainedKeys: readonly string[]
  /** Jobs that the killed workers held, in all. */
  readonly heldCount: number
  readonly killCount: number
  readonly seconds: number
}

/** Lets workers, each a process, run jobs that call a provider, and kills them at random. */
export async function killWorkers(options: {
  url: string
  jobs: number
  workers: number
  kills: number
}): Promise<FaultReport> {
  const sql = postgres(options.url, { max: 2, onnotice: () => {} })
  const provider = await startProvider()
  const workers = new Map<string, ChildProcess>()
  const held = new Map<string, number>()
  let started = 0
  const startedAt = performance.now()

  function start(): void {
    started += 1
    const worker = `fault-${started}`
    const input = { url: options.url, worker, provider: provider.url }
    workers.set(worker, fork(join(import.meta.dirname, 'fault_worker.ts'), [JSON.stringify(input)]))
  }
  async function kill(worker: string): Promise<void> {
    const child = workers.get(worker)
    if (!child) return
    workers.delete(worker)
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  try {
    await sql`
      insert into private.jobs (kind, queue, payload)
      select 'bench.effect', 'bench', jsonb_build_object('key', 'key-' || n) from generate_series(1, ${options.jobs}::int) as n`
    for (let made = 0; made < options.workers; made += 1) start()
    for (let killed = 1; killed <= options.kills; killed += 1) {
      // Somewhere in the n-th part of the work.
      const part = options.jobs / (options.kills + 1)
      const mark = Math.floor(part * killed - randomInt(Math.ceil(part)))
      while (provider.effectiveCount() < mark) await delay(2)
      const victim = [...workers.keys()][randomInt(workers.size)] ?? ''
      await kill(victim)
      const rows = await sql<{ key: string }[]>`
        select payload ->> 'key' as key from private.jobs where worker = ${victim} and state = 'running'`
      for (const { key } of rows) held.set(key, (held.get(key) ?? 0) + 1)
      start()
    }
    for (;;) {
      const [row] = await sql<{ left: string }[]>`
        select count(*) as left from private.jobs where kind = 'bench.effect' and finished_at is null`
      if (row?.left === '0') break
      await delay(100)
    }
    const states = await sql<{ state: string; count: number }[]>`
      select state::text as state, count(*)::int as count from private.jobs where kind = 'bench.effect' group by state`
    const again = provider.repeated()
    return {
      effectiveCount: provider.effectiveCount(),
      states: Object.fromEntries(states.map(({ state, count }) => [state, count])),
      repeatedCount: [...again.values()].reduce((sum, times) => sum + times, 0),
      unexplainedKeys: [...again].filter(([key, times]) => times > (held.get(key) ?? 0)).map(([key]) => key),
      heldCount: [...held.values()].reduce((sum, times) => sum + times, 0),
      killCount: options.kills,
      seconds: (performance.now() - startedAt) / 1000,
    }
  } finally {
    await Promise.all([...workers.keys()].map(kill))
    await provider.close()
    await sql.end()
  }
}

/** A provider that counts the calls for each key; the first one has the effect. */
async function startProvider() {
  const calls = new Map<string, number>()
  const server = createServer((request, response) => {
    const key = String(request.headers['idempotency-key'])
    calls.set(key, (calls.get(key) ?? 0) + 1)
    // As long as a quick provider takes, so that kills meet calls under way.
    setTimeout(() => response.end('{}'), 5)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    url: `http://127.0.0.1:${port}/effects`,
    effectiveCount: () => calls.size,
    repeated: () => new Map([...calls].filter(([, times]) => times > 1).map(([key, times]) => [key, times - 1])),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
