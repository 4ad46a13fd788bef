import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Project, readProject } from './config.ts'
import type { Logger } from './logger.ts'
import { requireFreePorts, type StackPorts } from './ports.ts'
import { withConnection } from './postgres/database.ts'
import { prepareDatabase } from './postgres/prepare.ts'
import { type PostgresServer, startPostgres } from './postgres/server.ts'
import { derivedSecret, loadSecrets, type StackSecrets, stripeWebhookSecret, webhookSecret } from './secrets.ts'
import { type Services, startServices } from './services.ts'

/** Options of {@link startStack}. */
export interface StackOptions {
  /** Folder that holds `supabase/`. */
  readonly projectFolder: string
  readonly ports: StackPorts
  readonly dataFolder: string
  readonly logger: Logger
  /** Reload edge functions when their files change. */
  readonly watch: boolean
  /** Load supabase/seed.sql. */
  readonly withSeed: boolean
  /** Asked before a database whose applied migrations were edited is rebuilt; it throws to refuse. */
  confirmRebuild(changed: readonly string[]): Promise<void>
  /** Told what is being done, in plain words. */
  onProgress(message: string): void
}

/** A running stack. */
export interface Stack {
  readonly project: Project
  readonly ports: StackPorts
  readonly secrets: StackSecrets
  readonly postgres: PostgresServer
  readonly services: Services
  /** Applies new migrations and reloads REST; the same rules as at start. */
  migrate(): Promise<void>
  /** Stops everything, services first. */
  stop(): Promise<void>
}

/**
 * Starts Postgres, brings the database to the project's files and starts the services on it.
 *
 * @throws {StackError} with what to do about it
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { ports, dataFolder, onProgress } = options
  await requireFreePorts(ports)
  await mkdir(dataFolder, { recursive: true, mode: 0o700 })
  const secrets = await loadSecrets(dataFolder)
  const project = await readProject(options.projectFolder, {
    defaults: localDefaults(secrets, ports),
    apiUrl: `http://127.0.0.1:${ports.api}`,
    sandboxUrl: `http://127.0.0.1:${ports.sandbox}`,
  })
  onProgress('Starting Postgres')
  const postgres = await startPostgres({
    dataFolder: join(dataFolder, 'postgres'),
    port: ports.postgres,
    logger: options.logger.child('postgres'),
  })
  const prepare = () =>
    prepareDatabase({
      postgres,
      project,
      withSeed: options.withSeed,
      keepsRows: options.watch,
      confirmRebuild: options.confirmRebuild,
      onProgress,
    })
  try {
    await prepare()
    onProgress('Starting the services')
    const services = await startServices({
      project,
      secrets,
      ports,
      databaseUrl: (role) => postgres.url('postgres', role),
      sandboxFolder: join(dataFolder, 'sandbox'),
      storageFolder: join(dataFolder, 'storage'),
      logger: options.logger,
      watch: options.watch,
    })
    const databaseUrl = postgres.url('postgres', 'postgres')
    await requestCatalogueSync(databaseUrl)
    return {
      project,
      ports,
      secrets,
      postgres,
      services,
      async migrate() {
        await prepare()
        await services.reloadRest()
        await services.fillVault()
        await services.seedBuckets()
        await requestCatalogueSync(databaseUrl)
      },
      async stop() {
        await services.close()
        await postgres.stop()
      },
    }
  } catch (error) {
    await postgres.stop()
    throw error
  }
}

/** Has a job fill the sandbox's Stripe, which forgets with each start; for a database of this project. */
async function requestCatalogueSync(url: string): Promise<void> {
  await withConnection(url, async (sql) => {
    const [found] = await sql`select to_regproc('private.request_catalogue_sync') is not null as has_catalogue`
    if (found?.has_catalogue) await sql`select private.request_catalogue_sync('start')`
  })
}

/** Values that make a checkout without `.env` work: mail, texts and sign-in providers are the sandbox's, secrets are this stack's own. */
export function localDefaults(secrets: StackSecrets, ports: StackPorts): Record<string, string> {
  return {
    ATRIUM_ENV: 'development',
    SEND_EMAIL_HOOK_SECRET: secrets.sendEmailHookSecret,
    WEBHOOK_SECRET: webhookSecret(secrets),
    MAIL_PROVIDER: 'smtp',
    SMTP_HOST: '127.0.0.1',
    SMTP_PORT: String(ports.smtp),
    ...Object.fromEntries(
      ['LINKEDIN', 'GOOGLE', 'GITHUB', 'APPLE'].flatMap((name) => [
        [`${name}_CLIENT_ID`, 'local'],
        [`${name}_CLIENT_SECRET`, 'local'],
      ]),
    ),
    SENTRY_DSN: `http://local@127.0.0.1:${ports.sandbox}/sentry/1`,
    ALERT_SLACK_WEBHOOK_URL: `http://127.0.0.1:${ports.sandbox}/slack/services/T0LOCAL/B0LOCAL/local`,
    ALERT_TEAMS_WEBHOOK_URL: `http://127.0.0.1:${ports.sandbox}/teams/workflows/local/triggers/manual/paths/invoke?sig=local`,
    ALERT_MAIL_TO: 'operators@atrium.test',
    VIRUS_SCANNER: 'clamd',
    VIRUS_SCANNER_URL: `tcp://127.0.0.1:${ports.scanner}`,
    OUTGOING_ALLOWED_HOSTS: `127.0.0.1:${ports.sandbox}`,
    RAZORPAY_KEY_ID: 'rzp_test_local',
    RAZORPAY_KEY_SECRET: derivedSecret(secrets, 'razorpay key'),
    RAZORPAY_WEBHOOK_SECRET: derivedSecret(secrets, 'razorpay webhooks'),
    RAZORPAY_API_URL: `http://127.0.0.1:${ports.sandbox}/razorpay`,
    ETHEREUM_RPC_URLS: ['main', 'second']
      .map((node) => `31337=http://127.0.0.1:${ports.sandbox}/ethereum/${node}`)
      .join(','),
    TWILIO_ACCOUNT_SID: 'AClocal',
    TWILIO_MESSAGE_SERVICE_SID: 'MGlocal',
    TWILIO_AUTH_TOKEN: 'local',
    TWILIO_API_URL: `http://127.0.0.1:${ports.sandbox}/twilio`,
    STRIPE_SECRET_KEY: 'sk_test_local',
    STRIPE_WEBHOOK_SECRET: stripeWebhookSecret(secrets),
    STRIPE_API_URL: `http://127.0.0.1:${ports.sandbox}/stripe`,
  }
}
