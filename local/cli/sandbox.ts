import { join } from 'node:path'
import { createLogger } from '../logger.ts'
import { createSandbox } from '../sandbox/mod.ts'
import { stripeOptionsOf } from '../sandbox/stripe/stripe.ts'
import type { CliOptions } from './options.ts'

/** Starts the sandbox alone, beside `supabase start`, and stays until it is told to stop. */
export async function sandboxAlone(options: CliOptions): Promise<void> {
  const sandbox = await createSandbox({
    port: options.ports.sandbox,
    smtpPort: options.ports.smtp,
    scannerPort: options.ports.scanner,
    host: options.host,
    databaseUrl: options.databaseUrl,
    stripe: stripeOptionsOf(process.env, `http://127.0.0.1:${options.ports.api}`),
    dataFolder: join(options.dataFolder, 'sandbox'),
    logger: createLogger({ level: 'warn', write: (line) => console.error(line) }),
  })
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  console.log(
    `Sandbox at ${sandbox.url}, SMTP on port ${options.ports.smtp}, clamd on ${options.ports.scanner}. Ctrl-C stops it.`,
  )
  await stopped
  await sandbox.close()
}
