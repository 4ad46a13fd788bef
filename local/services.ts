import { join } from 'node:path'
import { ConfigurationError, readEnv } from '../supabase/functions/_shared/runtime/mod.ts'
import { createAuthService, isOpenAuthPath } from './auth/mod.ts'
import type { Project } from './config.ts'
import { consentPath, createConsentService } from './consent/mod.ts'
import { createDocsService } from './docs/mod.ts'
import { createFunctionsService } from './functions/mod.ts'
import { type Gateway, type Mount, startGateway } from './gateway.ts'
import type { Logger } from './logger.ts'
import type { StackPorts } from './ports.ts'
import { createRealtimeService } from './realtime/mod.ts'
import { createRestService } from './rest/mod.ts'
import { createSandbox } from './sandbox/mod.ts'
import { stripeOptionsOf } from './sandbox/stripe/stripe.ts'
import { createScheduler } from './scheduler/mod.ts'
import type { StackSecrets } from './secrets.ts'
import type { Service } from './service.ts'
import { StackError } from './stack_error.ts'
import { createStorageService } from './storage/mod.ts'
import { createTokens, type Tokens } from './tokens.ts'
import { fillVault } from './vault.ts'

/** Options of {@link startServices}. */
export interface ServicesOptions {
  readonly project: Project
  readonly secrets: StackSecrets
  readonly ports: StackPorts
  /** Connection URL of the stack's database for a role. */
  databaseUrl(role: string): string
  /** Where the sandbox keeps what it received; null keeps it in memory. */
  readonly sandboxFolder: string | null
  /** Where the storage service keeps the content of objects. */
  readonly storageFolder: string
  readonly logger: Logger
  /** Reload edge functions when their files change. */
  readonly watch: boolean
}

/** Everything of a stack but its Postgres. */
export interface Services {
  readonly apiUrl: string
  readonly sandboxUrl: string
  readonly tokens: Tokens
  /** Names of the edge functions that are served. */
  readonly functions: readonly string[]
  /** Makes REST read the database's structure again, as `notify pgrst` does. */
  reloadRest(): Promise<void>
  /** Puts the secrets of the database's own calls into Vault again, for a database that was rebuilt. */
  fillVault(): Promise<void>
  /** Makes the buckets of config.toml again, for a database that was rebuilt. */
  seedBuckets(): Promise<void>
  close(): Promise<void>
}

const host = '127.0.0.1'

/** Seconds that PostgREST lets clocks differ. */
const restClockSkew = 30

/** Starts the Supabase services, the scheduler and the sandbox on a database that is bootstrapped. */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const { project, secrets, ports, logger } = options
  const { config } = project
  const tokens = await createTokens(secrets.keys)
  const apiUrl = `http://${host}:${ports.api}`
  const environment = functionEnvironment(options, apiUrl, tokens)
  requireValidEnvironment(environment)
  const opened: { close(): Promise<void> }[] = []
  const keep = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const started = await starting
    opened.push(started)
    return started
  }
  try {
    const sandboxStarting = keep(
      createSandbox({
        port: ports.sandbox,
        smtpPort: ports.smtp,
        scannerPort: ports.scanner,
        dataFolder: options.sandboxFolder,
        databaseUrl: options.databaseUrl('postgres'),
        stripe: stripeOptionsOf(environment, apiUrl),
        razorpayWebhook: {
          url: `${apiUrl}/functions/v1/webhooks/razorpay`,
          secret: environment.RAZORPAY_WEBHOOK_SECRET ?? '',
        },
        logger: logger.child('sandbox'),
      }),
    )
    const [sandbox, rest, auth, functions, realtime, storage] = await Promise.all([
      sandboxStarting,
      keep(
        createRestService({
          databaseUrl: options.databaseUrl('authenticator'),
          schemas: config.api.schemas,
          extraSearchPath: config.api.extra_search_path,
          maxRows: config.api.max_rows,
          anonRole: 'anon',
          preRequest: null,
          aggregatesEnabled: false,
          planEnabled: false,
          txEnd: 'commit',
          poolSize: 10,
          useDatabaseConfig: true,
          verifyToken: (token) => tokens.verify(token, restClockSkew),
          logger: logger.child('rest'),
        }),
      ),
      keep(
        createAuthService({
          databaseUrl: options.databaseUrl('supabase_auth_admin'),
          config: config.auth,
          limitsRates: true,
          projectFolder: project.folder,
          tokens,
          publicUrl: apiUrl,
          // Where a real installation has its own pages, a stack has none unless somebody develops them.
          consentUrl: project.environment.ATRIUM_CONSENT_URL ?? `${apiUrl}${consentPath}/`,
          smtp: { host, port: ports.smtp },
          twilioUrl: project.environment.TWILIO_API_URL ?? '',
          logger: logger.child('auth'),
        }),
      ),
      keep(
        createFunctionsService({
          functionsFolder: join(project.folder, 'supabase', 'functions'),
          config: { functions: config.functions, edge_runtime: config.edge_runtime },
          environment,
          verifyToken: tokens.verify,
          logger: logger.child('functions'),
          watch: options.watch,
          warm: hookFunctions(config.auth.hook),
          onRequest: (record) =>
            void sandboxStarting
              .then((sandbox) => sandbox.record(record))
              .catch(() => {
                // What cannot be shown is no reason to fail the request.
              }),
        }),
      ),
      config.realtime.enabled
        ? keep(
            createRealtimeService({
              databaseUrl: options.databaseUrl('supabase_realtime_admin'),
              tokens,
              config: config.realtime,
              logger: logger.child('realtime'),
            }),
          )
        : null,
      config.storage.enabled
        ? keep(
            createStorageService({
              databaseUrl: options.databaseUrl('supabase_storage_admin'),
              folder: options.storageFolder,
              config: config.storage,
              tokens,
              logger: logger.child('storage'),
            }),
          )
        : null,
    ])
    const fill = () =>
      fillVault(options.databaseUrl('postgres'), {
        functions_url: `${apiUrl}/functions/v1`,
        worker_key: secrets.keys.secretKey,
      })
    await fill()
    const scheduler = createScheduler({
      databaseUrl: options.databaseUrl('supabase_admin'),
      logger: logger.child('scheduler'),
    })
    opened.push(scheduler)
    await scheduler.start()
    const mounts: Mount[] = [
      { prefix: '/rest/v1', service: rest, isOpen: () => false, knowsAnonymous: true },
      { prefix: '/auth/v1', service: auth, isOpen: isOpenAuthPath },
      // Where OAuth looks for the description of a server whose address has a path, RFC 8414.
      ...['oauth-authorization-server', 'openid-configuration'].map((name) => ({
        prefix: `/.well-known/${name}/auth/v1`,
        service: atPath(auth, `/.well-known/${name}`),
        isOpen: () => true,
      })),
      { prefix: '/functions/v1', service: functions, isOpen: () => true, answersPreflight: true },
      {
        prefix: '/docs',
        service: createDocsService({ projectFolder: project.folder, publicUrl: apiUrl }),
        isOpen: () => true,
      },
      {
        prefix: consentPath,
        service: createConsentService({ publicUrl: apiUrl, publishableKey: secrets.keys.publishableKey }),
        isOpen: () => true,
      },
      // Public files and signed URLs are for people without a key; the service asks for a token where one is needed.
      ...(storage ? [{ prefix: '/storage/v1', service: storage, isOpen: () => true }] : []),
      ...(realtime ? [{ prefix: '/realtime/v1', service: realtime, isOpen: () => false }] : []),
    ]
    const gateway: Gateway = await keep(
      startGateway({ port: ports.api, host, keys: secrets.keys, tokens, mounts, logger: logger.child('gateway') }),
    )
    // Who calls others through the gateway goes before it: a worker that loses its queue reports faults that are none.
    const callers = [functions, scheduler]
    const closing = [...opened.filter((service) => service !== functions && service !== scheduler), ...callers]
    return {
      apiUrl: `http://${host}:${gateway.port}`,
      sandboxUrl: sandbox.url,
      tokens,
      functions: functions.list(),
      reloadRest: () => rest.reload(),
      fillVault: fill,
      seedBuckets: async () => storage?.seedBuckets(),
      close: () => closeAll(closing),
    }
  } catch (error) {
    await closeAll(opened)
    throw error
  }
}

/** Closes the last one first: the gateway stops taking requests before the services behind it go. */
async function closeAll(opened: readonly { close(): Promise<void> }[]): Promise<void> {
  for (const service of opened.toReversed()) await service.close()
}

/** @throws {StackError} `environment_invalid`: a wrong setting is told now and not by the first request that meets it */
function requireValidEnvironment(environment: Record<string, string>): void {
  try {
    readEnv(environment)
  } catch (cause) {
    if (!(cause instanceof ConfigurationError)) throw cause
    throw new StackError('environment_invalid', cause.message, {
      hint: 'Correct .env; .env.example explains each',
      cause,
    })
  }
}

/** The variables that the hosted platform gives every function, and the project's own. */
function functionEnvironment(options: ServicesOptions, apiUrl: string, tokens: Tokens): Record<string, string> {
  const { keys } = options.secrets
  return {
    ...options.project.ownVariables,
    SUPABASE_URL: apiUrl,
    SUPABASE_ANON_KEY: keys.anonKey,
    SUPABASE_SERVICE_ROLE_KEY: keys.serviceRoleKey,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: keys.publishableKey }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: keys.secretKey }),
    SUPABASE_JWKS: JSON.stringify(tokens.jwks),
    SUPABASE_DB_URL: options.databaseUrl('postgres'),
    PUBLIC_URL: options.project.ownVariables.PUBLIC_URL ?? apiUrl,
  }
}

/** Edge functions that Auth calls as hooks: it waits five seconds, a start included. */
function hookFunctions({ send_email, send_sms }: Project['config']['auth']['hook']): string[] {
  return [send_email, send_sms].flatMap(
    (hook) => (hook?.enabled && /\/functions\/v1\/([^/?]+)/.exec(hook.uri)?.[1]) || [],
  )
}

/** A service that answers each request as if it were for one path. */
function atPath(service: Service, path: string): Service {
  return {
    handle: (request, response, context) => service.handle(request, response, { ...context, path }),
    async close() {},
  }
}
