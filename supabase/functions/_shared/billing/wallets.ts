import { z } from '@hono/zod-openapi'
import { type ApiCaller, billingOrganizationSchema, inBillingOrganization, requireScope } from '../api/mod.ts'
import { type CallerDatabase, listRows } from '../database/mod.ts'
import { AppError, defineListing, type ListRequest } from '../http/mod.ts'
import { callRpc } from '../platform/mod.ts'
import type { WalletProblem } from '../providers/payments/wallet_message.ts'
import type { Clock, Env } from '../runtime/mod.ts'

const instant = z.iso.datetime({ offset: true })

const addressField = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'Must be 0x and 40 hexadecimal digits')
  .openapi({ description: 'Of the wallet', example: '0x52908400098527886E0F7030069857D2E4169EE7' })
const chainIdField = z.number().int().positive().openapi({ description: 'By EIP-155', example: 137 })

/** Body of a request for a nonce. */
export const walletNonceBodySchema = z
  .strictObject({ ...billingOrganizationSchema.shape, address: addressField, chain_id: chainIdField })
  .openapi('WalletNonceRequest')

/** A nonce with the message that a wallet is to sign. */
export const walletNonceSchema = z
  .object({
    nonce: z.string().openapi({ description: 'Part of the message, good once' }),
    expires_at: instant.openapi({ description: 'Until when it may be signed and sent' }),
    message: z
      .string()
      .openapi({ description: 'By ERC-4361, ready for personal_sign; one of your own may be used too' }),
  })
  .openapi('WalletNonce')

/** Body of a new binding. */
export const newWalletSchema = z
  .strictObject({
    ...billingOrganizationSchema.shape,
    message: z.string().max(4000).openapi({ description: 'The message, as it was signed' }),
    signature: z.string().max(200).openapi({ description: 'What personal_sign answered (EIP-191)', example: '0x…' }),
  })
  .openapi('NewWallet')

/** A bound wallet on the REST face. */
export const walletSchema = z
  .object({
    id: z.uuid(),
    organization_id: z.uuid(),
    address: z.string().openapi({ description: 'In lower case' }),
    chain_id: z.coerce.number().int(),
    bound_by: z.uuid().nullable().openapi({ description: 'The person; null for programs' }),
    removed_at: instant.nullable().openapi({ description: 'Null while it counts' }),
    created_at: instant,
  })
  .openapi('Wallet')

/** What callers may ask of the list of wallets. */
export const walletList = defineListing({
  item: walletSchema,
  filters: { organization_id: ['eq', 'in'], address: ['eq'] },
  sorts: ['created_at'],
  defaultSort: '-created_at',
})

/** What these use cases need. */
export interface WalletDeps {
  readonly database: CallerDatabase
  readonly clock: Clock
  readonly env: Pick<Env, 'PUBLIC_URL' | 'CORS_ALLOWED_ORIGINS'>
  /** `Origin` of the request; null for programs. */
  readonly origin: string | null
}

const nonceRows = z.tuple([z.object({ nonce: z.string(), expires_at: instant })])

/**
 * Makes a nonce, and the message around it.
 *
 * @throws {AppError} 403 `onchain_payments_off`, 422 `wallet_chain_unknown`
 */
export async function requestWalletNonce(
  deps: WalletDeps,
  caller: ApiCaller,
  { organization_id, address, chain_id }: z.output<typeof walletNonceBodySchema>,
) {
  const ask = { organization_id, permission: 'billing.manage' }
  const { nonce, expires_at, name } = await inBillingOrganization(deps, caller, ask, async (sql, organizationId) => {
    const [row] = nonceRows.parse(
      await sql`select nonce, to_jsonb(expires_at) #>> '{}' as expires_at from public.request_wallet_nonce(${organizationId})`,
    )
    const [about] = await sql`
      select organizations.name,
        exists (select from public.billing_onchain_chains where chain_id = ${chain_id} and is_enabled) as is_known
      from public.organizations where organizations.id = ${organizationId}`
    if (about?.is_known !== true) throw unknownChain(chain_id)
    return { ...row, name: z.string().parse(about.name) }
  })
  const { writeWalletMessage } = await import('../providers/payments/wallet_message.ts')
  const message = await writeWalletMessage({
    address,
    chainId: chain_id,
    origin: originsOf(deps)[0] ?? new URL(deps.env.PUBLIC_URL).origin,
    // One line of plain letters, as the standard wants it.
    statement: `Bind this wallet to ${name.replaceAll(/[^\p{L}\p{N} .,&'-]/gu, ' ')}.`,
    nonce,
    issuedAt: deps.clock.now(),
    expiresAt: new Date(expires_at),
  })
  return { nonce, expires_at, message }
}

const unknownChain = (chainId: number) =>
  new AppError(422, 'wallet_chain_unknown', `Cannot bind the wallet: chain ${chainId} is not taken`)
const boundRows = z.tuple([
  z.object({
    problem: z.enum(['wallet_nonce_invalid', 'wallet_bound_elsewhere']).nullable(),
    wallet_id: z.uuid().nullable(),
  }),
])

const explanations: Readonly<Record<WalletProblem, string>> = {
  message: 'the message is not as ERC-4361 says',
  origin: 'the message is for another web page',
  time: 'the message is too old, or does not hold yet',
  signature: 'the signature is not that of the wallet',
}

/**
 * Binds a wallet that proves itself by a signed message.
 *
 * @throws {AppError} 422 `wallet_proof_invalid`, `wallet_chain_unknown` or `wallet_nonce_invalid`, 409
 * `wallet_bound_elsewhere`
 */
export async function bindWallet(
  deps: WalletDeps,
  caller: ApiCaller,
  { organization_id, message, signature }: z.output<typeof newWalletSchema>,
) {
  const ask = { organization_id, permission: 'billing.manage', isReadOnly: true }
  const organizationId = await inBillingOrganization(deps, caller, ask, async (_sql, id) => id)
  const { verifyWalletMessage } = await import('../providers/payments/wallet_message.ts')
  const proof = await verifyWalletMessage({ message, signature }, { origins: originsOf(deps), now: deps.clock.now() })
  if (typeof proof === 'string') {
    throw new AppError(422, 'wallet_proof_invalid', `Cannot bind the wallet: ${explanations[proof]}`, {
      hint: 'Ask for a new nonce and have its message signed',
    })
  }
  const isKnown = await deps.database.asCaller(
    caller.claims,
    (sql) => sql`select 1 from public.billing_onchain_chains where chain_id = ${proof.chainId} and is_enabled`,
    { isReadOnly: true },
  )
  if (isKnown.length === 0) throw unknownChain(proof.chainId)
  const [bound] = boundRows.parse(
    await callRpc(deps.database, 'bind_wallet', {
      organization_id: organizationId,
      requested_by: caller.id,
      nonce: proof.nonce,
      address: proof.address,
      chain_id: proof.chainId,
    }),
  )
  if (bound.problem === 'wallet_bound_elsewhere') {
    throw new AppError(409, bound.problem, 'Cannot bind the wallet: it belongs to another organization', {
      hint: 'Remove it there first',
    })
  }
  if (bound.problem === 'wallet_nonce_invalid') {
    throw new AppError(422, bound.problem, 'Cannot bind the wallet: the nonce is not known, was used, or is too old', {
      hint: 'Ask for a new one',
    })
  }
  const [row] = await deps.database.asCaller(
    caller.claims,
    (sql) => sql`select * from public.billing_wallet_bindings where id = ${bound.wallet_id}`,
    { isReadOnly: true },
  )
  return walletSchema.parse(row)
}

/** One page of the wallets that the caller may see, removed ones too. */
export async function listWallets(deps: Pick<WalletDeps, 'database'>, caller: ApiCaller, request: ListRequest) {
  requireScope(caller, 'billing.read')
  const rows = await deps.database.asCaller(
    caller.claims,
    (sql) => listRows(sql, 'public.billing_wallet_bindings', request),
    { isReadOnly: true },
  )
  return walletList.page(request, rows)
}

/** Removes a wallet. @throws {AppError} 404 `wallet_not_found` */
export async function removeWallet(deps: Pick<WalletDeps, 'database'>, caller: ApiCaller, id: string): Promise<void> {
  requireScope(caller, 'billing.manage')
  await deps.database.asCaller(caller.claims, (sql) => sql`select public.remove_wallet(${id})`)
}

/** Origins of pages whose messages count: that of the request first, where it is one of ours. */
function originsOf({ env, origin }: Pick<WalletDeps, 'env' | 'origin'>): string[] {
  const own = [...env.CORS_ALLOWED_ORIGINS.filter((allowed) => allowed !== '*'), new URL(env.PUBLIC_URL).origin]
  const isOpen = env.CORS_ALLOWED_ORIGINS.includes('*')
  if (origin === null || !URL.canParse(origin) || !(isOpen || own.includes(origin))) return own
  return [origin, ...own]
}
