import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { actAsOperator } from '../platform/operator_session.ts'
import { check, givenOnchain, givenWallet, openTo, paymentsOf, type Quote, quoteFor, submit } from './onchain.ts'
import { packId } from './packs.ts'

const address = () => `0x${randomBytes(20).toString('hex')}`

describe('wallets', () => {
  it('[BIL-50] are bound with a nonce that is good once, for ten minutes, for who asked', () =>
    withRollback(async (db) => {
      const { organization } = await givenOnchain(db)
      const nonceOf = async (person = organization.owner) => {
        await db.actAs(person)
        return (await db.row<{ nonce: string }>('select * from public.request_wallet_nonce($1)', [organization.id]))
          .nonce
      }
      const bind = async (nonce: string, wallet: string, by = organization.owner.id, of = organization.id) => {
        await db.actAs('service_role')
        return db.row<{ problem: string | null; wallet_id: string }>(
          'select * from public.bind_wallet($1, $2, $3, $4, 1)',
          [of, by, nonce, wallet],
        )
      }
      const refused = { problem: 'wallet_nonce_invalid', wallet_id: null }
      const nonce = await nonceOf()
      expect(nonce).toMatch(/^[0-9a-f]{64}$/)
      const wallet = address()
      expect(await bind(nonce, wallet, organization.admin.id)).toEqual(refused)
      expect(await bind(`${nonce.slice(0, -1)}0x`, wallet)).toEqual(refused)
      const bound = await bind(nonce, wallet.toUpperCase().replace('0X', '0x'))
      expect(bound.problem).toBeNull()
      expect(await bind(nonce, address())).toEqual(refused)

      const old = await nonceOf()
      await db.asOwner(() => db.exec(`update private.wallet_nonces set expires_at = now() where nonce = $1`, [old]))
      expect(await bind(old, address())).toEqual(refused)
      expect(await bind(await nonceOf(), wallet)).toEqual(bound)
      expect(
        await db.asOwner(() => db.rows('select id from public.billing_wallet_bindings where address = $1', [wallet])),
      ).toEqual([{ id: bound.wallet_id }])
    }))

  it('[BIL-50] belong to one organization until they are removed', () =>
    withRollback(async (db) => {
      const { organization, wallet } = await givenOnchain(db)
      const other = await given.organization(db)
      await openTo(db, other)
      await db.actAs(other.owner)
      const nonce = async () =>
        (await db.row<{ nonce: string }>('select * from public.request_wallet_nonce($1)', [other.id])).nonce
      const bind = async (with_nonce: string) => {
        await db.actAs('service_role')
        return db.row('select * from public.bind_wallet($1, $2, $3, $4, 1)', [
          other.id,
          other.owner.id,
          with_nonce,
          wallet.address,
        ])
      }
      const [first, second] = [await nonce(), await nonce()]
      expect(await bind(first)).toEqual({ problem: 'wallet_bound_elsewhere', wallet_id: null })
      const remove = () => db.row('select * from public.remove_wallet($1)', [wallet.id])
      await db.actAs(other.owner)
      await expect(remove()).rejects.toMatchObject({ status: 404, code: 'wallet_not_found' })
      await db.actAs(organization.member)
      await expect(remove()).rejects.toMatchObject({ status: 404 })
      await db.actAs(organization.owner)
      await remove()
      expect(await bind(second)).toMatchObject({ problem: null })
    }))

  it('[BIL-50] are for organizations that an operator let in, and for who manages billing', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const ask = () => db.row('select * from public.request_wallet_nonce($1)', [organization.id])
      await db.actAs(organization.owner)
      await expect(ask()).rejects.toMatchObject({ status: 403, code: 'onchain_payments_off' })
      await actAsOperator(db)
      await db.exec(`select public.override_entitlement($1, 'onchain_payments', 1, 'Legal check done')`, [
        organization.id,
      ])
      await db.actAs(organization.member)
      await expect(ask()).rejects.toMatchObject({ status: 403, code: 'permission_missing' })
      await db.actAs(organization.owner)
      await ask()
    }))
})

describe('quotes in tokens', () => {
  it('[BIL-51] ask for units of the token, 6 or 18 decimals, rounded up at a rate that holds', () =>
    withRollback(async (db) => {
      const scene = await givenOnchain(db)
      expect((await quoteFor(db, scene)).amount_units).toBe('5000000')
      expect((await quoteFor(db, scene, scene.dai)).amount_units).toBe('5000000000000000000')
      await actAsOperator(db)
      await db.exec(`select public.set_onchain_rate($1, 'USD', 0.3333333333, now() + interval '1 hour')`, [
        scene.usdc.id,
      ])
      expect((await quoteFor(db, scene)).amount_units).toBe('1666667')

      const units = (cents: number, currency: string, count: string) =>
        db.asOwner(() =>
          db.row<{ units: string }>('select private.onchain_units($1::bigint, $2, $3::numeric, 6) as units', [
            cents,
            currency,
            count,
          ]),
        )
      expect(await units(1, 'JPY', '0.0065')).toEqual({ units: '6500' })
      expect(await units(1, 'KWD', '3.25')).toEqual({ units: '3250' })
      await db.asOwner(() =>
        db.exec(`update public.billing_onchain_rates set expires_at = now() where token_id = $1::uuid`, [
          scene.usdc.id,
        ]),
      )
      await expect(quoteFor(db, scene)).rejects.toMatchObject({ status: 422, code: 'onchain_rate_missing' })
    }))

  it('[BIL-51] need a wallet of the organization, a token that is taken, and one thing to pay for', () =>
    withRollback(async (db) => {
      const scene = await givenOnchain(db)
      const pack = await packId(db, 100)
      const theirs = await givenWallet(db, await given.organization(db))
      await db.actAs(scene.organization.owner)
      const ask = (wallet: string, token: string, of: string | null) =>
        db.row('select * from public.create_onchain_quote($1, $2, $3, pack_id := $4)', [
          scene.organization.id,
          wallet,
          token,
          of,
        ])
      await expect(ask(theirs.id, scene.usdc.id, pack)).rejects.toMatchObject({ code: 'wallet_not_found' })
      await expect(ask(scene.wallet.id, pack, pack)).rejects.toMatchObject({ code: 'onchain_token_not_found' })
      await expect(ask(scene.wallet.id, scene.usdc.id, null)).rejects.toMatchObject({ code: 'billing_purpose_invalid' })
      await actAsOperator(db)
      await db.exec(`select public.save_onchain_token(31337, $1, 'USDC', 6, false)`, [scene.usdc.address])
      await expect(quoteFor(db, scene)).rejects.toMatchObject({ code: 'onchain_token_not_found' })
      await actAsOperator(db)
      await expect(
        db.exec(`select public.save_onchain_token(31337, $1, 'USDC', 18)`, [scene.usdc.address]),
      ).rejects.toMatchObject({ sqlstate: '23514' })
    }))
})

describe('the check of a transaction', () => {
  it('[BIL-52] counts it as paid after the confirmations of the chain, and looks until it is final', () =>
    withRollback(async (db) => {
      const scene = await givenOnchain(db)
      const quote = await quoteFor(db, scene)
      const hash = await submit(db, scene, quote)
      expect(await check(db, scene, quote, hash, { receipt: null })).toMatchObject({ state: 'submitted' })
      expect(await check(db, scene, quote, hash, { head: 101 })).toMatchObject({
        state: 'confirming',
        confirmation_count: 2,
      })
      expect(await paymentsOf(db, quote)).toEqual([])
      expect(await check(db, scene, quote, hash, { head: 102 })).toMatchObject({
        state: 'confirmed',
        finalized_at: null,
        received_units: '5000000',
      })
      expect(await paymentsOf(db, quote)).toEqual([
        { status: 'succeeded', reference: hash, amount_cents: '500', purpose_id: quote.purpose_id, method: 'onchain' },
      ])
      expect(await check(db, scene, quote, hash, { head: 103, finalized: 99 })).toMatchObject({ finalized_at: null })
      expect((await check(db, scene, quote, hash, { head: 120, finalized: 100 })).finalized_at).not.toBeNull()
      const recheck = await db.asOwner(() =>
        db.row('select recheck_seconds from public.get_onchain_check($1)', [quote.id]),
      )
      expect(recheck).toEqual({ recheck_seconds: null })
      expect(await paymentsOf(db, quote)).toHaveLength(1)
    }))

  const wrong = address()
  it.each([
    ['transaction_reverted', { status: 'reverted', transfers: [] }],
    ['token_mismatch', { transfers: [{ token: wrong }] }],
    ['token_mismatch', { transfers: [] }],
    ['recipient_mismatch', { transfers: [{ recipient: wrong }] }],
    ['sender_mismatch', { transfers: [{ sender: wrong }] }],
    ['underpaid', { transfers: [{ units: '4999999' }] }],
    // Not a number is larger than any.
    ['token_mismatch', { transfers: [{ units: 'NaN' }] }],
    ['mined_before_quote', { seconds_ago: 120 }],
    ['mined_after_expiry', { seconds_ago: -7200 }],
  ])('[BIL-52] fails with %s', (failure_code, receipt) =>
    withRollback(async (db) => {
      const scene = await givenOnchain(db)
      const quote = await quoteFor(db, scene)
      const hash = await submit(db, scene, quote)
      expect(await check(db, scene, quote, hash, { head: 200, receipt })).toMatchObject({
        state: 'failed',
        failure_code,
      })
      expect(await paymentsOf(db, quote)).toEqual([])
      if (failure_code === 'underpaid') {
        await expect(submit(db, scene, quote)).rejects.toMatchObject({ code: 'onchain_quote_under_way' })
      } else {
        const right = await submit(db, scene, quote)
        expect(await check(db, scene, quote, right, { head: 200 })).toMatchObject({ state: 'confirmed' })
      }
    }),
  )

  it('[BIL-52] counts a transfer for one quote only, whoever names it', () =>
    withRollback(async (db) => {
      const scene = await givenOnchain(db)
      const [first, second] = [await quoteFor(db, scene), await quoteFor(db, scene)]
      const hash = await submit(db, scene, first)
      await submit(db, scene, second, hash)
      await check(db, scene, first, hash, { head: 200 })
      expect(await check(db, scene, second, hash, { head: 200 })).toMatchObject({
        state: 'failed',
        failure_code: 'transfer_already_used',
      })
      expect([await paymentsOf(db, first), await paymentsOf(db, second)].map((rows) => rows.length)).toEqual([1, 0])

      // A transaction with a transfer for each pays both.
      const [third, fourth] = [await quoteFor(db, scene), await quoteFor(db, scene)]
      const batch = await submit(db, scene, third)
      await submit(db, scene, fourth, batch)
      const receipt = { transfers: [{}, {}] }
      expect(await check(db, scene, third, batch, { head: 200, receipt })).toMatchObject({ state: 'confirmed' })
      expect(await check(db, scene, fourth, batch, { head: 200, receipt })).toMatchObject({ state: 'confirmed' })
    }))

  it('[BIL-52] adds up the transfers of a transaction, and keeps what is too much without counting it', () =>
    withRollback(async (db) => {
      const scene = await givenOnchain(db)
      const quote = await quoteFor(db, scene)
      const hash = await submit(db, scene, quote)
      const receipt = { transfers: [{ units: '2000000' }, { recipient: address() }, { units: '3500000' }] }
      expect(await check(db, scene, quote, hash, { head: 200, receipt })).toMatchObject({
        state: 'confirmed',
        received_units: '5500000',
      })
      expect(await paymentsOf(db, quote)).toMatchObject([{ amount_cents: '500' }])
    }))

  it('[BIL-52] takes a payment back when its block is replaced, and counts it again when it comes back', () =>
    withRollback(async (db) => {
      const scene = await givenOnchain(db)
      const quote = await quoteFor(db, scene)
      const hash = await submit(db, scene, quote)
      await check(db, scene, quote, hash, { head: 102 })
      const moved = { block_hash: `0x${'c'.repeat(64)}`, block_number: 101 }
      expect(await check(db, scene, quote, hash, { head: 103, receipt: moved })).toMatchObject({
        state: 'confirmed',
        block_hash: moved.block_hash,
      })
      expect(await check(db, scene, quote, hash, { receipt: null })).toMatchObject({ state: 'orphaned' })
      expect(await paymentsOf(db, quote)).toMatchObject([{ status: 'reversed' }])
      expect(await check(db, scene, quote, hash, { receipt: null })).toMatchObject({ state: 'orphaned' })
      const back = { receipt: { block_number: 110 } }
      expect(await check(db, scene, quote, hash, { head: 111, ...back })).toMatchObject({ state: 'orphaned' })
      expect(await check(db, scene, quote, hash, { head: 120, ...back })).toMatchObject({
        state: 'confirmed',
      })
      expect(await paymentsOf(db, quote)).toMatchObject([{ status: 'succeeded' }])
    }))

  it('[BIL-52] takes it back also when the transaction did something else in its new block', () =>
    withRollback(async (db) => {
      const scene = await givenOnchain(db)
      const quote = await quoteFor(db, scene)
      const hash = await submit(db, scene, quote)
      await check(db, scene, quote, hash, { head: 102 })
      const receipt = { status: 'reverted', transfers: [] }
      expect(await check(db, scene, quote, hash, { head: 103, receipt })).toMatchObject({ state: 'orphaned' })
      expect(await paymentsOf(db, quote)).toMatchObject([{ status: 'reversed' }])
    }))

  it('[BIL-52] waits again when an unconfirmed transaction vanishes, and gives up after a day', () =>
    withRollback(async (db) => {
      const scene = await givenOnchain(db)
      const quote = await quoteFor(db, scene)
      const hash = await submit(db, scene, quote)
      await check(db, scene, quote, hash, { head: 101 })
      expect(await check(db, scene, quote, hash, { receipt: null })).toMatchObject({
        state: 'submitted',
        block_hash: null,
      })
      await db.asOwner(() =>
        db.exec(
          `update public.billing_onchain_quotes set submitted_at = now() - interval '25 hours' where id = $1::uuid`,
          [quote.id],
        ),
      )
      expect(await check(db, scene, quote, hash, { receipt: null })).toMatchObject({
        state: 'failed',
        failure_code: 'transaction_not_found',
      })
    }))

  it('[BIL-52] believes no node of another chain, and none that was asked for another transaction', () =>
    withRollback(async (db) => {
      const scene = await givenOnchain(db)
      const quote = await quoteFor(db, scene)
      const hash = await submit(db, scene, quote)
      await expect(check(db, scene, quote, hash, { chain_id: 1 })).rejects.toMatchObject({
        code: 'onchain_chain_mismatch',
      })
      const other = `0x${'d'.repeat(64)}`
      expect(await check(db, scene, quote, other, { head: 200 })).toMatchObject({ state: 'submitted' })
    }))
})

describe('the life of a quote', () => {
  it('[BIL-52] ends by itself, and still takes a transfer that was mined in time', () =>
    withRollback(async (db) => {
      const scene = await givenOnchain(db)
      const quote = await quoteFor(db, scene)
      // Terms never change: the clock of the row goes back with its trigger off.
      await db.asOwner(async () => {
        await db.exec('alter table public.billing_onchain_quotes disable trigger t300_guard')
        await db.exec(
          `update public.billing_onchain_quotes set expires_at = now() - interval '1 minute',
          created_at = now() - interval '31 minutes' where id = $1::uuid`,
          [quote.id],
        )
        await db.exec('alter table public.billing_onchain_quotes enable trigger t300_guard')
        await db.exec('select private.watch_onchain_quotes(100)')
      })
      const now = await db.asOwner(() =>
        db.row<Quote>('select * from public.billing_onchain_quotes where id = $1', [quote.id]),
      )
      expect(now.state).toBe('expired')
      const hash = await submit(db, scene, quote)
      const receipt = { seconds_ago: 300 }
      expect(await check(db, scene, quote, hash, { head: 200, receipt })).toMatchObject({ state: 'confirmed' })
    }))

  it('[BIL-52] is looked at by one job, which is made again when it was lost', () =>
    withRollback(async (db) => {
      const scene = await givenOnchain(db)
      const quote = await quoteFor(db, scene)
      const hash = await submit(db, scene, quote)
      await submit(db, scene, quote, hash)
      const jobs = () =>
        db.asOwner(() =>
          db.rows(`select state from private.jobs where kind = 'onchain.check_quote' and dedupe_key = $1 order by id`, [
            quote.id,
          ]),
        )
      expect(await jobs()).toEqual([{ state: 'queued' }])
      await db.asOwner(async () => {
        await db.exec(`delete from private.jobs where dedupe_key = $1`, [quote.id])
        await db.exec(`update public.billing_onchain_quotes set submitted_at = now() - interval '1 hour'`)
        await db.exec('select private.watch_onchain_quotes(100)')
      })
      expect(await jobs()).toEqual([{ state: 'queued' }])
    }))

  it('[BIL-52] never changes its terms, nor what is final', () =>
    withRollback(async (db) => {
      const scene = await givenOnchain(db)
      const quote = await quoteFor(db, scene)
      const hash = await submit(db, scene, quote)
      await check(db, scene, quote, hash, { head: 200, finalized: 100 })
      for (const change of [
        `amount_units = '1'`,
        `receiving_address = payer_address`,
        `state = 'orphaned'`,
        `state = 'open'`,
      ]) {
        await expect(
          db.asOwner(() =>
            db.exec(`update public.billing_onchain_quotes set ${change} where id = $1::uuid`, [quote.id]),
          ),
        ).rejects.toMatchObject({ sqlstate: '23514' })
      }
    }))
})
