import { z } from '@hono/zod-openapi'
import type { CallerDatabase, CallerSql } from '../database/mod.ts'
import { AppError } from '../http/mod.ts'
import { callRpc } from '../platform/mod.ts'
import { ProviderError } from '../providers/mod.ts'
import type {
  ChangeOptions,
  PaymentOperation,
  PaymentProvider,
  PaymentProviderName,
} from '../providers/payments/mod.ts'
import type { Clock } from '../runtime/mod.ts'
import { type ApiCaller, requireScope } from './api_caller.ts'

/** What the routes of billing need. */
export interface BillingDeps {
  readonly database: CallerDatabase
  /** Finds a provider of payments; null where this installation has none of the name. */
  provider(name: PaymentProviderName): Promise<PaymentProvider | null>
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Names the request, so that the same one again is the same at the provider. */
  readonly requestKey: string
  /** Origins of web pages that people may be sent back to, `*` for all. */
  readonly origins: readonly string[]
}

/** Name of a provider that has an API, in requests. */
export const providerNameSchema = z
  .enum(['stripe', 'razorpay', 'onchain'])
  .default('stripe')
  .openapi({ description: 'Who collects the money' })

/** One row that a function of the database answers the caller with. @throws {AppError} what the function refuses */
export function askDatabase<Schema extends z.ZodType>(
  { database }: Pick<BillingDeps, 'database'>,
  caller: ApiCaller,
  schema: Schema,
  query: (sql: CallerSql) => PromiseLike<readonly unknown[]>,
): Promise<z.output<Schema>> {
  requireScope(caller, 'billing.manage')
  return database.asCaller(caller.claims, async (sql) => schema.parse((await query(sql))[0]))
}

/** Calls a function of the database that only the backend may. */
export const askBackend = ({ database }: Pick<BillingDeps, 'database'>, name: string, parameters: object) =>
  callRpc(database, name, parameters)

/**
 * A provider that has the operation; asked for before anything is written that only it can end.
 *
 * @throws {AppError} 409 `billing_provider_lacks`, 503 `billing_provider_unavailable` where there is no key for it
 */
export async function requireProvider(
  deps: Pick<BillingDeps, 'provider'>,
  name: PaymentProviderName,
  operation: PaymentOperation,
): Promise<PaymentProvider> {
  const provider = await deps.provider(name)
  if (!provider) {
    throw new AppError(503, 'billing_provider_unavailable', `Cannot call ${name}: this installation has no key for it`)
  }
  if (!provider.can(operation)) {
    throw new AppError(409, 'billing_provider_lacks', `Cannot do this: ${name} has no such thing`, {
      hint: 'Use another provider',
    })
  }
  return provider
}

/**
 * Asks a provider of payments, and answers its failures as our own.
 *
 * @throws {AppError} 409 `billing_provider_lacks`, 422 `billing_provider_refused`, 503 `billing_provider_unavailable`
 */
export async function askProvider<T>(
  deps: BillingDeps,
  name: PaymentProviderName,
  operation: PaymentOperation,
  ask: (provider: PaymentProvider) => Promise<T>,
): Promise<T> {
  const provider = await requireProvider(deps, name, operation)
  try {
    return await ask(provider)
  } catch (error) {
    throw error instanceof ProviderError ? answerOf(error) : error
  }
}

function answerOf(cause: ProviderError): AppError {
  if (cause.failure === 'refused') {
    return new AppError(
      422,
      'billing_provider_refused',
      `${cause.provider} refused: ${cause.vendorCode ?? 'no reason'}`,
      {
        cause,
      },
    )
  }
  const headers = { 'retry-after': String(cause.retryAfterSeconds ?? 5) }
  return new AppError(503, 'billing_provider_unavailable', `${cause.provider} cannot be reached just now`, {
    hint: 'Try again with the same Idempotency-Key',
    headers,
    cause,
  })
}

/** What a change at a provider is made with. @param key from our own ids, such as `checkout:<id>` */
export const changeOptions = ({ signal }: BillingDeps, key: string): ChangeOptions => ({ idempotencyKey: key, signal })

/**
 * Refuses addresses of strangers: whoever pays is sent back to a page of ours.
 *
 * @throws {AppError} 422 `redirect_not_allowed`
 */
export function requireOwnAddress({ origins }: Pick<BillingDeps, 'origins'>, ...addresses: readonly string[]): void {
  for (const address of addresses) {
    const { origin, protocol, username } = new URL(address)
    const isWeb = protocol === 'https:' || protocol === 'http:'
    if (isWeb && username === '' && (origins.includes('*') || origins.includes(origin))) continue
    throw new AppError(422, 'redirect_not_allowed', 'Cannot send people back to this address', {
      hint: 'Name a page of an origin in CORS_ALLOWED_ORIGINS',
    })
  }
}
