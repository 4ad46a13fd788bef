import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const patienceMs = 60_000

/** Starts `@supabase/lite` on the same database, with its Postgres driver and a secret that signs the bench's token. */
export async function startLite(options: {
  databaseUrl: string
  port: number
  jwtSecret: string
}): Promise<{ stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'atrium-lite-'))
  await mkdir(join(folder, 'supabase'))
  const config = `
[api]
port = ${options.port}
schemas = ["public"]
max_rows = 1000
[db]
driver = "postgres"
url = "${options.databaseUrl}"
[auth]
enabled = true
jwt_secret = "${options.jwtSecret}"
publishable_key = "sb_publishable_bench"
secret_key = "sb_secret_bench"
`
  await writeFile(join(folder, 'supabase', 'config.toml'), config)
  const cli = join(dirname(fileURLToPath(import.meta.resolve('@supabase/lite'))), 'cli', 'index.js')
  const child = spawn(process.execPath, [cli, '--no-telemetry', 'start', '--no-admin'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DO_NOT_TRACK: '1', NODE_ENV: 'production' },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output = (output + chunk).slice(-4000)
    })
  }
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    }
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await untilAnswering(child, options.port, () => output)
  } catch (error) {
    await stop()
    throw error
  }
  return { stop }
}

async function untilAnswering(child: ChildProcess, port: number, output: () => string): Promise<void> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`@supabase/lite did not start: ${output()}`)
    const answered = await fetch(`http://127.0.0.1:${port}/rest/v1/`, {
      headers: { apikey: 'sb_publishable_bench' },
    }).then(
      () => true,
      () => false,
    )
    if (answered) return
    await delay(100)
  }
}
