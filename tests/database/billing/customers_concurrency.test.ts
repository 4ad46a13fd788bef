import postgres from 'postgres'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type TestDatabase, testDatabase } from '../../support/postgres.ts'

let database: TestDatabase
let sql: postgres.Sql
beforeAll(async () => {
  database = await testDatabase()
  sql = postgres(database.url, { max: 4, onnotice: () => {} })
})
afterAll(async () => {
  await sql.end()
  await database[Symbol.asyncDispose]()
})

it('[A2-05] [A2-02] a customer that is deleted while older word of it is taken over stays deleted', async () => {
  const [organization] = await sql<{ id: string }[]>`
    insert into public.organizations (name, slug) values ('Busy', 'busy-customers') returning id`
  const id = organization?.id ?? ''
  await sql`select private.record_customer(${id}, 'stripe', 'cus_gone', now())`
  let told: Promise<unknown> = Promise.resolve()
  await sql.begin(async (deletion) => {
    await deletion`
      update public.billing_customers set deleted_at = now() where provider_customer_id = 'cus_gone'`
    told = sql`
      select private.mirror_stripe('customer', jsonb_build_object(
        'id', 'cus_gone', 'candidates', jsonb_build_array(${id}::text), 'email', 'late@acme.test'
      ), now(), null)`.execute()
    await vi.waitFor(
      async () => {
        const waiting = await sql`
          select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
        expect(waiting).toHaveLength(1)
      },
      { timeout: 20_000, interval: 50 },
    )
  })
  await told
  const [row] = await sql`
    select deleted_at is not null as is_deleted from public.billing_customers where provider_customer_id = 'cus_gone'`
  expect(row).toEqual({ is_deleted: true })
})
