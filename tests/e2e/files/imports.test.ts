import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { lacks, type TestTarget, testTarget } from '../../support/target.ts'

let target: TestTarget
let person: ApiPerson
let organization_id: string

beforeAll(async () => {
  target = await testTarget()
  person = await signedInPerson(target)
  const { data, error } = await person.client.rpc('create_organization', { name: 'Imports', kind: 'company' })
  if (error) throw error
  organization_id = data.id
}, 120_000)
afterAll(() => target[Symbol.asyncDispose]())

const csv = (count: number, prefix: string) =>
  `E-mail;First name\n${Array.from({ length: count }, (_, at) => `${prefix}${at}@example.test;=Formula${at}`).join('\n')}\n`

/** Uploads a file as clients do. */
async function upload(text: string): Promise<string> {
  const content = new TextEncoder().encode(text)
  const { data, error } = await person.client.rpc('begin_upload', {
    ...{
      organization_id,
      category: 'import',
      name: 'contacts.csv',
      media_type: 'text/csv',
      size_bytes: content.length,
    },
  })
  if (error) throw error
  const bucket = person.client.storage.from(data.bucket_id)
  const uploaded = await bucket.upload(data.object_path, content, { contentType: 'text/csv' })
  if (uploaded.error) throw uploaded.error
  return data.file_id
}

const importOf = async (id: string) => {
  const { data, error } = await person.client.from('imports').select('*').eq('id', id).single()
  if (error) throw error
  return data
}
const inState = (id: string, state: string) =>
  vi.waitFor(async () => expect(await importOf(id)).toMatchObject({ state }), { timeout: 60_000, interval: 250 })

async function rest(method: string, path: string, body?: object): Promise<Response> {
  for (;;) {
    const response = await fetch(`${target.apiUrl}/functions/v1/api/v1/imports${path}`, {
      method,
      headers: {
        authorization: `Bearer ${person.token}`,
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    if (response.status !== 429) return response
    await delay(Math.min(Number(response.headers.get('retry-after')), 5) * 1000)
  }
}

describe('imports over a running stack', { timeout: 180_000 }, () => {
  it('[TST-13] [VEN-08] [A4-11] bring an uploaded file into the table, and take it back', async () => {
    const file_id = await upload(`${csv(300, 'client')}broken;Ada\n`)
    // Made before the scan: it waits for it.
    const { data, error } = await person.client.rpc('create_import', {
      organization_id,
      import_type: 'contacts',
      file_id,
    })
    if (error) throw error
    const { id } = data
    await inState(id, 'ready')
    expect(await importOf(id)).toMatchObject({ mapping: { email: 0, first_name: 1 }, format: { delimiter: ';' } })
    expect((await person.client.rpc('check_import', { import_id: id })).error).toBeNull()
    await inState(id, 'ready')
    expect(await importOf(id)).toMatchObject({ check_result: { inserted: 300, failed: 1 } })
    expect((await person.client.rpc('start_import', { import_id: id })).error).toBeNull()
    await inState(id, 'completed')
    expect(await importOf(id)).toMatchObject({ inserted_count: 300, failed_count: 1 })
    const contacts = await person.client.from('contacts').select('*', { count: 'exact', head: true })
    expect(contacts.count).toBe(300)
    expect((await person.client.rpc('undo_import', { import_id: id })).error).toBeNull()
    await inState(id, 'undone')
    expect((await person.client.from('contacts').select('*', { count: 'exact', head: true })).count).toBe(0)
  })

  it('[A4-11] are told and steered over the REST face, with errors as CSV that no spreadsheet calculates', async () => {
    const file_id = await upload('E-mail,First name\nada@example.test,Ada\n=cmd|calc,Ben\n')
    const made = await rest('POST', '', { organization_id, import_type: 'contacts', file_id, conflict_rule: 'update' })
    expect(made.status).toBe(201)
    const { id } = z.object({ id: z.uuid() }).parse(await made.json())
    await inState(id, 'ready')
    const mapped = await rest('PUT', `/${id}/mapping`, { mapping: { email: 0 } })
    expect(await mapped.json()).toMatchObject({ mapping: { email: 0 }, conflict_rule: 'update' })
    expect((await rest('PUT', `/${id}/mapping`, { mapping: { email: 7 } })).status).toBe(422)
    expect((await rest('POST', `/${id}/start`)).status).toBe(200)
    await inState(id, 'completed')
    expect(await (await rest('GET', `/${id}`)).json()).toMatchObject({ inserted_count: 1, failed_count: 1 })
    const errors = await rest('GET', `/${id}/errors`)
    expect(errors.headers.get('content-type')).toContain('text/csv')
    expect(await errors.text()).toBe(
      `row_number,field,code,message,value\r\n3,email,value_invalid,is no e-mail address,'=cmd|calc\r\n`,
    )
    expect(await (await rest('GET', `?organization_id=${organization_id}&state=completed`)).json()).toMatchObject({
      data: [{ id, state: 'completed' }],
    })
    expect((await rest('POST', `/${id}/stop`)).status).toBe(409)
    expect((await rest('GET', `/${crypto.randomUUID()}`)).status).toBe(404)
  })

  it.skipIf(lacks.database)(
    '[A4-11] repeat and lose no row when the worker is cut off in the middle of them',
    async () => {
      const sql = postgres(target.databaseUrl ?? '', { max: 2, onnotice: () => {} })
      try {
        const file_id = await upload(csv(12_000, 'cut'))
        const { data, error } = await person.client.rpc('create_import', {
          organization_id,
          import_type: 'contacts',
          file_id,
        })
        if (error) throw error
        const { id } = data
        await inState(id, 'ready')
        const cut = await sql.begin(async (transaction) => {
          // The worker waits behind this lock with rows in hand, and there its connection ends.
          await transaction`lock table public.contacts in share mode`
          expect((await person.client.rpc('start_import', { import_id: id })).error).toBeNull()
          return vi.waitFor(
            async () => {
              const ended = await sql`
              select pg_terminate_backend(pid) from pg_stat_activity
              where datname = current_database() and application_name = 'atrium-functions' and wait_event_type = 'Lock'`
              expect(ended.length).toBeGreaterThan(0)
              return ended.length
            },
            { timeout: 60_000, interval: 100 },
          )
        })
        expect(cut).toBeGreaterThan(0)
        // Its next attempt would wait for some seconds.
        await vi.waitFor(
          async () => {
            await sql`update private.jobs set run_at = now() where queue = 'imports' and state = 'failed' and run_at > now()`
            expect(await importOf(id)).toMatchObject({ state: 'completed' })
          },
          { timeout: 90_000, interval: 500 },
        )
        expect(await importOf(id)).toMatchObject({ read_count: 12_000, inserted_count: 12_000, skipped_count: 0 })
        const [row] = await sql`
        select count(*)::int as count, count(distinct email)::int as emails from public.contacts
        where organization_id = ${organization_id} and email like 'cut%'`
        expect(row).toEqual({ count: 12_000, emails: 12_000 })
      } finally {
        await sql.end()
      }
    },
  )
})
