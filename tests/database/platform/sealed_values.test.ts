import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

const iban = 'DE89 3704 0044 0532 0130 00'
const place = 'public.sealed_things.account_number:1'

const seal = async (db: Database, plain: string | null, context: string | null = place) =>
  (await db.row<{ value: string }>('select private.seal_secret($1, $2) as value', [plain, context])).value
const open = async (db: Database, sealed: string | null, context: string | null = place) =>
  (await db.row<{ value: string }>('select private.open_secret($1, $2) as value', [sealed, context])).value
const addKey = async (db: Database) =>
  (await db.row<{ number: number }>('select private.add_sealing_key() as number')).number

/** A table with a sealed column and rows in it. */
async function givenThings(db: Database, values: readonly string[]): Promise<string[]> {
  await db.exec(
    'create table public.sealed_things (id uuid primary key, account_number private.sealed_text, last_four text)',
  )
  const ids = values.map(() => randomUUID())
  for (const [index, value] of values.entries()) {
    await db.exec(
      `insert into public.sealed_things
       select $1::uuid, private.seal_secret($2, private.sealed_context('public.sealed_things', 'account_number', $1::uuid)),
         private.last_four($2)`,
      [ids[index] ?? '', value],
    )
  }
  return ids
}

const openThings = async (db: Database) =>
  (
    await db.rows<{ value: string }>(
      `select private.open_secret(account_number,
         private.sealed_context('public.sealed_things', 'account_number', id)) as value from public.sealed_things order by 1`,
    )
  ).map(({ value }) => value)

describe('a sealed value', () => {
  it.each([
    ['a number', iban],
    ['nothing', ''],
    ['other letters', 'ünïcode 🏦'],
    ['a long text', 'x'.repeat(5000)],
  ])('[SEC-17] opens as what it was: %s', (_what, plain) =>
    withRollback(async (db) => {
      const sealed = await seal(db, plain)
      expect(sealed).toMatch(/^sealed\.1\.[0-9a-f]+$/)
      expect(await open(db, sealed)).toBe(plain)
      expect(await seal(db, plain)).not.toBe(sealed)
    }),
  )

  it('[SEC-17] stays null when there is none, and needs a context', () =>
    withRollback(async (db) => {
      expect(await seal(db, null)).toBeNull()
      expect(await open(db, null)).toBeNull()
      await expect(seal(db, iban, null)).rejects.toMatchObject({ sqlstate: '22004' })
      await expect(seal(db, iban, '')).rejects.toMatchObject({ sqlstate: '22004' })
    }))

  it('[SEC-17] does not open in another row or column, nor without a place', () =>
    withRollback(async (db) => {
      const [from, to] = await givenThings(db, [iban, 'GB33BUKB20201555555555'])
      await db.exec(
        `update public.sealed_things set account_number =
           (select account_number from public.sealed_things where id = $1::uuid) where id = $2::uuid`,
        [from ?? '', to ?? ''],
      )
      await expect(openThings(db)).rejects.toMatchObject({ sqlstate: 'XX001' })
      const sealed = await seal(db, iban)
      await expect(open(db, sealed, place.replace('account_number', 'tax_id'))).rejects.toMatchObject({
        sqlstate: 'XX001',
      })
      await expect(open(db, sealed, null)).rejects.toMatchObject({ sqlstate: 'XX001' })
    }))

  it('[SEC-17] does not open when any part of it was changed', () =>
    withRollback(async (db) => {
      const sealed = await seal(db, iban)
      const start = 'sealed.1.'.length
      for (const at of [start, start + 40, sealed.length - 1]) {
        const digit = sealed[at] === '0' ? '1' : '0'
        const changed = `${sealed.slice(0, at)}${digit}${sealed.slice(at + 1)}`
        await expect(open(db, changed)).rejects.toMatchObject({ sqlstate: 'XX001' })
      }
      await addKey(db)
      await expect(open(db, sealed.replace('sealed.1', 'sealed.2'))).rejects.toMatchObject({ sqlstate: 'XX001' })
    }))

  it('[SEC-17] does not open with another key or without one', () =>
    withRollback(async (db) => {
      const sealed = await seal(db, iban)
      await db.rows(`select vault.update_secret(id, repeat('ab', 32)) from vault.secrets
        where name = 'sealed_values_key_1'`)
      await expect(open(db, sealed)).rejects.toMatchObject({ sqlstate: 'XX001' })
      await db.exec(`delete from vault.secrets where name = 'sealed_values_key_1'`)
      await expect(open(db, sealed)).rejects.toMatchObject({ sqlstate: '55000' })
      await expect(seal(db, iban)).rejects.toMatchObject({ sqlstate: '55000' })
    }))

  it('[SEC-17] leaves no plain text and no key in the rows that a dump writes', () =>
    withRollback(async (db) => {
      await givenThings(db, [iban])
      const { key } = await db.row<{ key: string }>(
        `select decrypted_secret as key from vault.decrypted_secrets where name = 'sealed_values_key_1'`,
      )
      expect(key).toMatch(/^[0-9a-f]{64}$/)
      const rows = await db.rows<{ row: string }>(
        `select t::text as row from public.sealed_things as t union all select s::text from vault.secrets as s`,
      )
      const dump = rows.map(({ row }) => row).join('\n')
      expect(dump).toContain('sealed.1.')
      for (const hidden of [iban, iban.replaceAll(' ', ''), Buffer.from(iban).toString('hex'), key]) {
        expect(dump).not.toContain(hidden)
      }
    }))

  it('[SEC-17] is all that a sealed column takes', () =>
    withRollback(async (db) => {
      await givenThings(db, [])
      await expect(
        db.exec(`insert into public.sealed_things values (gen_random_uuid(), '${iban}')`),
      ).rejects.toMatchObject({ sqlstate: '23514' })
    }))

  it('[SEC-17] is made and opened by no client, not even with the secret key', () =>
    withRollback(async (db) => {
      const sealed = await seal(db, iban)
      const person = await given.person(db)
      for (const actor of ['anon', person, 'service_role'] as const) {
        await db.actAs(actor)
        await expect(open(db, sealed)).rejects.toMatchObject({ sqlstate: '42501' })
        await expect(seal(db, iban)).rejects.toMatchObject({ sqlstate: '42501' })
        await expect(addKey(db)).rejects.toMatchObject({ sqlstate: '42501' })
        await expect(db.rows(`select private.sealing_key(1, 'encrypt')`)).rejects.toMatchObject({ sqlstate: '42501' })
        await expect(db.rows('select private.reseal_secrets(1)')).rejects.toMatchObject({ sqlstate: '42501' })
      }
    }))
})

describe('a new key', () => {
  it('[SEC-17] seals from then on, takes over older values in batches, and makes the old key superfluous', () =>
    withRollback(async (db) => {
      const values = ['1111 2222', '3333 4444', '5555 6666']
      await givenThings(db, values)
      expect(await addKey(db)).toBe(2)
      expect(await seal(db, iban)).toMatch(/^sealed\.2\./)
      expect(await openThings(db)).toEqual(values)
      const reseal = async () => (await db.row<{ count: number }>('select private.reseal_secrets(2) as count')).count
      expect([await reseal(), await reseal(), await reseal()]).toEqual([2, 1, 0])
      await db.exec(`delete from vault.secrets where name = 'sealed_values_key_1'`)
      expect(await openThings(db)).toEqual(values)
    }))
})

describe('the last four', () => {
  it.each([
    [iban, '3000'],
    ['123-45-6789', '6789'],
    ['1234567', null],
    [null, null],
  ])('[SEC-17] of %s are %s', (plain, expected) =>
    withRollback(async (db) => {
      expect(await db.row('select private.last_four($1) as value', [plain])).toEqual({ value: expected })
    }),
  )
})
