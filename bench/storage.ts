import { randomBytes, randomUUID } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../local/ports.ts'
import { withConnection } from '../local/postgres/database.ts'
import { loadSecrets } from '../local/secrets.ts'
import { createTokens } from '../local/tokens.ts'
import { withFreshDatabase } from '../scripts/fresh_database.ts'
import type { BenchOptions } from './run.ts'
import { startChild } from './support/child.ts'

const fileCount = 1_000
const fileBytes = 100_000
const atOnce = 8

/** One way of getting all files from one place to another. */
interface Turn {
  readonly name: string
  run(): Promise<void>
}

/** 1,000 files of 100 kB up and down through the gateway under a policy, beside copies of the same files on the disk. */
export async function measureStorage(options: BenchOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'atrium-bench-'))
  try {
    await withFreshDatabase(async (_url, server) => {
      const sources = await makeFiles(join(folder, 'sources'))
      const person = randomUUID()
      const [port = 0] = await freePorts(1)
      const contender = await startChild('storage_atrium.ts', {
        databaseUrl: server.url('postgres', 'supabase_storage_admin'),
        port: String(port),
        secretsFolder: folder,
        folder: join(folder, 'storage'),
      })
      try {
        await allowOwnFolder(server.url())
        const token = await signIn(folder, person)
        const url = `http://127.0.0.1:${port}/storage/v1/object`
        report(await measure(turns({ folder, sources, url, token, person }), options.rounds))
      } finally {
        await contender.stop()
      }
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function makeFiles(folder: string): Promise<string[]> {
  await mkdir(folder)
  const paths = Array.from({ length: fileCount }, (_, index) => join(folder, `${index}.bin`))
  for (const path of paths) await writeFile(path, randomBytes(fileBytes))
  return paths
}

/** The policies of a folder of one's own, so that each request is weighed as in an application. */
async function allowOwnFolder(superuserUrl: string): Promise<void> {
  await withConnection(superuserUrl, (sql) =>
    sql.unsafe(
      ['select', 'insert', 'update']
        .map((command) => {
          const rule = `bucket_id = 'bench' and (storage.foldername(name))[1] = (select auth.uid())::text`
          const clause = command === 'insert' ? `with check (${rule})` : `using (${rule})`
          return `create policy bench_${command} on storage.objects for ${command} to authenticated ${clause};`
        })
        .join('\n'),
    ),
  )
}

async function signIn(secretsFolder: string, person: string): Promise<string> {
  const { keys } = await loadSecrets(secretsFolder)
  const now = Math.floor(Date.now() / 1000)
  return (await createTokens(keys)).sign({ sub: person, role: 'authenticated', iat: now, exp: now + 86_400 })
}

function turns(given: {
  folder: string
  sources: readonly string[]
  url: string
  token: string
  person: string
}): Turn[] {
  const { folder, sources, url, person } = given
  const headers = { authorization: `Bearer ${given.token}` }
  const target = join(folder, 'target.bin')
  const each = (work: (source: string, index: number) => Promise<void>) => () => inParallel(sources, work)
  return [
    {
      name: 'atrium up',
      run: each(async (source, index) => {
        const response = await fetch(`${url}/bench/${person}/${index}.bin`, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/octet-stream', 'x-upsert': 'true' },
          body: await readFile(source),
        })
        if (!response.ok) throw new Error(`upload failed: ${await response.text()}`)
        await response.arrayBuffer()
      }),
    },
    {
      name: 'atrium down',
      run: each(async (_source, index) => {
        const response = await fetch(`${url}/authenticated/bench/${person}/${index}.bin`, { headers })
        const bytes = Buffer.from(await response.arrayBuffer())
        if (!response.ok || bytes.length !== fileBytes) throw new Error(`download failed: ${response.status}`)
        await writeFile(`${target}.${index}`, bytes)
      }),
    },
    { name: 'copy', run: each((source, index) => copyFile(source, `${target}.${index}`)) },
    {
      name: 'copy and sync',
      run: each(async (source, index) => {
        await copyFile(source, `${target}.${index}`)
        const file = await open(`${target}.${index}`, 'r+')
        await file.sync()
        await file.close()
      }),
    },
  ]
}

async function inParallel<T>(items: readonly T[], work: (item: T, index: number) => Promise<void>): Promise<void> {
  const waiting = items.entries()
  const worker = async () => {
    for (const [index, item] of waiting) await work(item, index)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

/** Gives each way a turn in each round, so that a slow moment of the machine hits all alike; medians count. */
async function measure(ways: readonly Turn[], rounds: number): Promise<{ name: string; seconds: number }[]> {
  const times = new Map<string, number[]>(ways.map(({ name }) => [name, []]))
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, run } of ways) {
      const start = performance.now()
      await run()
      const seconds = (performance.now() - start) / 1000
      // The first round warms up.
      if (round === 0) continue
      times.get(name)?.push(seconds)
      console.log(`  round ${round}  ${name.padEnd(16)} ${seconds.toFixed(2)} s`)
    }
  }
  return ways.map(({ name }) => {
    const sorted = (times.get(name) ?? []).toSorted((a, b) => a - b)
    return { name, seconds: sorted[Math.floor(sorted.length / 2)] ?? 0 }
  })
}

function report(measured: readonly { name: string; seconds: number }[]): void {
  const megabytes = (fileCount * fileBytes) / 1e6
  console.table(
    measured.map(({ name, seconds }) => ({
      name,
      seconds: seconds.toFixed(2),
      'files/s': Math.round(fileCount / seconds),
      'MB/s': Math.round(megabytes / seconds),
    })),
  )
  const secondsOf = (name: string) => measured.find((entry) => entry.name === name)?.seconds ?? 0
  for (const [way, floor] of [
    ['atrium up', 'copy'],
    ['atrium up', 'copy and sync'],
    ['atrium down', 'copy'],
  ] as const) {
    console.log(`${way} / ${floor}`.padEnd(28), `${(secondsOf(way) / secondsOf(floor)).toFixed(1)} times the time`)
  }
}
