import { randomBytes } from 'node:crypto'
import type { Database } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'
import { packId } from './packs.ts'

/** Where transfers go in these tests. */
export const shop = `0x${'5'.repeat(40)}`
const hex = (bytes: number) => `0x${randomBytes(bytes).toString('hex')}`

/** A token of the local chain. */
export interface GivenToken {
  readonly id: string
  readonly address: string
}

/** An organization that may pay in tokens, with a wallet and the tokens that are taken. */
export interface OnchainScene {
  readonly organization: GivenOrganization
  readonly wallet: { readonly id: string; readonly address: string }
  readonly usdc: GivenToken
  readonly dai: GivenToken
}

/** The columns of a quote that tests look at. */
export interface Quote {
  readonly id: string
  readonly state: string
  readonly purpose_id: string
  readonly amount_units: string
  readonly amount_cents: string
  readonly received_units: string | null
  readonly transaction_hash: string | null
  readonly block_hash: string | null
  readonly failure_code: string | null
  readonly confirmation_count: number
  readonly confirmed_at: string | null
  readonly finalized_at: string | null
}

/** Opens payments in tokens to an organization, past the operators' RPC. */
export const openTo = (db: Database, organization: { id: string }) =>
  db.asOwner(() =>
    db.exec(
      `insert into private.billing_overrides (organization_id, key, value, reason)
       values ($1::uuid, 'onchain_payments', 1, 'Test')`,
      [organization.id],
    ),
  )

/** A wallet that an organization holds. */
export async function givenWallet(db: Database, organization: { id: string }, address = hex(20)) {
  const { id } = await db.asOwner(() =>
    db.row<{ id: string }>(
      `insert into public.billing_wallet_bindings (organization_id, address, chain_id) values ($1::uuid, $2, 31337)
       returning id`,
      [organization.id, address],
    ),
  )
  return { id, address }
}

/** Sets the local chain up: 3 confirmations, final after 12 blocks, USDC with 6 decimals and DAI with 18. */
export async function givenOnchain(db: Database): Promise<OnchainScene> {
  const organization = await given.organization(db)
  await openTo(db, organization)
  const token = (symbol: string, decimals: number) =>
    db.asOwner(async () => {
      const address = hex(20)
      const { id } = await db.row<{ id: string }>(
        `insert into public.billing_onchain_tokens (chain_id, contract_address, symbol, decimals)
         values (31337, $1, $2, $3::int) returning id`,
        [address, symbol, decimals],
      )
      await db.exec(
        `insert into public.billing_onchain_rates (token_id, currency, token_count) values ($1::uuid, 'USD', 1)`,
        [id],
      )
      return { id, address }
    })
  await db.asOwner(() =>
    db.exec(
      `update public.billing_onchain_chains set receiving_address = $1, is_enabled = true where chain_id = 31337`,
      [shop],
    ),
  )
  return {
    organization,
    wallet: await givenWallet(db, organization),
    usdc: await token('USDC', 6),
    dai: await token('DAI', 18),
  }
}

/** Asks as the owner for a quote of 100 credits. */
export async function quoteFor(db: Database, scene: OnchainScene, token: GivenToken = scene.usdc): Promise<Quote> {
  const pack = await packId(db, 100)
  await db.actAs(scene.organization.owner)
  return db.row<Quote>('select * from public.create_onchain_quote($1, $2, $3, pack_id := $4)', [
    scene.organization.id,
    scene.wallet.id,
    token.id,
    pack,
  ])
}

/** Names a transaction as the owner. */
export async function submit(
  db: Database,
  scene: OnchainScene,
  quote: { id: string },
  hash = hex(32),
): Promise<string> {
  await db.actAs(scene.organization.owner)
  await db.row('select * from public.submit_onchain_transaction($1, $2)', [quote.id, hash])
  return hash
}

/** A transfer in a receipt. */
export interface Transfer {
  readonly log_index: number
  readonly token: string
  readonly sender: string
  readonly recipient: string
  readonly units: string
}

/** What a node says of the right transaction; `given` changes it. */
export async function check(
  db: Database,
  scene: OnchainScene,
  quote: Quote,
  hash: string,
  given: {
    head?: number
    finalized?: number | null
    chain_id?: number
    receipt?: null | {
      status?: string
      block_number?: number
      block_hash?: string
      seconds_ago?: number
      transfers?: readonly Partial<Transfer>[]
    }
  } = {},
): Promise<Quote> {
  await db.actAs('service_role')
  const { receipt = {} } = given
  const facts = {
    chain_id: given.chain_id ?? 31_337,
    transaction_hash: hash,
    head: given.head ?? 100,
    finalized: given.finalized ?? null,
    receipt: receipt && {
      status: receipt.status ?? 'success',
      block_number: receipt.block_number ?? 100,
      block_hash: receipt.block_hash ?? `0x${'b'.repeat(64)}`,
      block_time: Math.floor(Date.now() / 1000) - (receipt.seconds_ago ?? 0),
      transfers: (receipt.transfers ?? [{}]).map((transfer, place) => ({
        log_index: place,
        token: scene.usdc.address,
        sender: scene.wallet.address,
        recipient: shop,
        units: quote.amount_units,
        ...transfer,
      })),
    },
  }
  await db.row('select * from public.record_onchain_check($1, $2::text::jsonb)', [quote.id, JSON.stringify(facts)])
  return db.asOwner(() => db.row<Quote>('select * from public.billing_onchain_quotes where id = $1', [quote.id]))
}

/** The payment of a quote, if there is one. */
export const paymentsOf = (db: Database, quote: { id: string }) =>
  db.asOwner(() =>
    db.rows<{ status: string; reference: string; amount_cents: string; purpose_id: string; method: string }>(
      `select status, reference, amount_cents, purpose_id, method from public.billing_payments
       where provider = 'onchain' and provider_payment_id = $1`,
      [quote.id],
    ),
  )
