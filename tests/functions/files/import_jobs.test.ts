import { describe, expect, it } from 'vitest'
import { withCommit } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { type ImportCase, importCase, workerDatabase } from '../../support/import_case.ts'

/** Small batches, each a step of its own. */
const tiny = { batchRows: 3, stepCpuMs: -1 }

const listed = (count: number, prefix = 'person') =>
  [
    'E-mail,Vorname,First name,Firma',
    ...Array.from({ length: count }, (_, at) => `${prefix}${at}@example.test,x,P${at},`),
  ].join('\n')

async function ready(...parameters: Parameters<typeof importCase>): Promise<ImportCase> {
  const found = await importCase(...parameters)
  await found.work()
  return found
}

describe('an import', () => {
  it('[VEN-08] [A4-11] [A9-11] [TST-13] finds columns, previews rows with their errors, and takes what is valid', async () => {
    const text = 'Name;E-Mail;Mobile\nAda;ADA@example.test;+234 803 555 0101\nBen;not an address;\nCy;;\n'
    const { row, call, work, contacts, errors } = await ready(text)
    expect(await row()).toMatchObject({
      state: 'ready',
      format: { kind: 'csv', encoding: 'utf-8', delimiter: ';', has_header: true },
      mapping: { email: 1, phone: 2 },
      columns: [{ name: 'Name', examples: ['Ada', 'Ben', 'Cy'] }, { suggestion: 'email' }, { suggestion: 'phone' }],
      preview: [
        { row_number: 2, values: { email: 'ada@example.test', phone: '+2348035550101' }, problems: [] },
        { row_number: 3, problems: [{ field: 'email', code: 'value_invalid', value: 'not an address' }] },
        { row_number: 4, problems: [{ field: null, code: 'row_invalid' }] },
      ],
    })
    await call('set_import_mapping', { mapping: '{"first_name": 0, "email": 1, "phone": 2}' })
    expect(await row()).toMatchObject({ preview: null })
    await work()
    expect(await row()).toMatchObject({ preview: [{ values: { first_name: 'Ada' } }, {}, {}] })

    await call('check_import')
    await work()
    expect(await row()).toMatchObject({
      state: 'ready',
      check_result: { inserted: 1, failed: 2, skipped: 0, updated: 0 },
    })
    expect(await contacts()).toEqual([])

    await call('start_import')
    await work()
    expect(await row()).toMatchObject({ state: 'completed', read_count: 3, inserted_count: 1, failed_count: 2 })
    expect(await contacts()).toMatchObject([{ email: 'ada@example.test', phone: '+2348035550101', first_name: 'Ada' }])
    expect(await errors()).toEqual([
      { row_number: 3, field: 'email', code: 'value_invalid', value: 'not an address' },
      { row_number: 4, field: null, code: 'row_invalid', value: null },
    ])
  })

  it.each([
    ['skip', { inserted_count: 1, skipped_count: 2, updated_count: 0, failed_count: 0 }, 'Old'],
    ['update', { inserted_count: 1, skipped_count: 0, updated_count: 1, failed_count: 1 }, 'New'],
    ['fail', { inserted_count: 1, skipped_count: 0, updated_count: 0, failed_count: 2 }, 'Old'],
  ] as const)(
    '[A4-11] with the rule "%s" treats rows that are there as it says, and says so in the dry run',
    async (conflictRule, counts, name) => {
      const { organization } = await (async () => {
        const first = await ready('email,first name,company\nada@example.test,Old,Kept\n')
        await first.call('start_import')
        await first.work()
        return first
      })()
      const text = 'email,first name,company\nada@example.test,New,\nben@example.test,Ben,\nben@example.test,Again,\n'
      const { call, work, row, contacts } = await ready(text, { organization, conflictRule })
      await call('check_import')
      await work(tiny)
      const { inserted_count: inserted, skipped_count: skipped, updated_count: updated, failed_count: failed } = counts
      expect(await row()).toMatchObject({ check_result: { inserted, skipped, updated, failed } })
      await call('start_import')
      await work(tiny)
      expect(await row()).toMatchObject({ state: 'completed', ...counts })
      expect(await contacts()).toMatchObject([
        { email: 'ada@example.test', first_name: name, company: 'Kept' },
        { email: 'ben@example.test', first_name: 'Ben' },
      ])
    },
  )

  it('[A4-11] undoes what it did: what it added goes, what it changed is as before, what was changed since stays', async () => {
    const first = await ready('email,first name,phone\nada@example.test,Old,\ncy@example.test,Cy,+4930123456\n')
    await first.call('start_import')
    await first.work()
    const { organization } = first
    const text =
      'email,first name,phone\nada@example.test,New,+4930999999\nben@example.test,Ben,\ndan@example.test,Dan,\n'
    const second = await ready(text, { organization, conflictRule: 'update' })
    await second.call('start_import')
    await second.work(tiny)
    await withCommit((db) =>
      db.exec(
        `update public.contacts set first_name = 'Daniel' where email = 'dan@example.test' and organization_id = $1`,
        [organization.id],
      ),
    )
    await second.call('undo_import')
    await second.work(tiny)
    expect(await second.row()).toMatchObject({ state: 'undone', undone_count: 2, kept_count: 1 })
    expect(await second.contacts()).toEqual([
      { email: 'ada@example.test', phone: null, first_name: 'Old', company: null },
      { email: 'cy@example.test', phone: '+4930123456', first_name: 'Cy', company: null },
      { email: 'dan@example.test', phone: null, first_name: 'Daniel', company: null },
    ])
    await expect(second.call('resume_import')).rejects.toMatchObject({ code: 'import_state_conflict' })
  })

  it('[A4-11] stops at once and goes on from the row after the last one', async () => {
    const { call, work, row, contacts } = await ready(listed(20))
    await call('start_import')
    let calls = 0
    await work({
      ...tiny,
      database: () => ({
        async rpc(name, parameters) {
          if (name === 'take_import_rows') calls += 1
          const db = await workerDatabase()
          // In the middle, between the reading of rows and their taking.
          if (name === 'take_import_rows' && calls === 3) await call('stop_import')
          return db.rpc(name, parameters)
        },
      }),
    })
    expect(await row()).toMatchObject({ state: 'stopped', read_count: 5, inserted_count: 5 })
    expect(await contacts()).toHaveLength(5)
    await call('resume_import')
    await work(tiny)
    expect(await row()).toMatchObject({ state: 'completed', read_count: 20, inserted_count: 20, failed_count: 0 })
    expect(await contacts()).toHaveLength(20)
  })

  it('[A4-11] takes every row once however often its worker dies, at any call and on either side of it', async () => {
    const db = await workerDatabase()
    const { call, work, row, contacts } = await ready(listed(20))
    await call('start_import')
    // Each call fails once before it arrives and once after it was done.
    const failed = new Set<string>()
    let made = 0
    await work({
      ...tiny,
      database: () => ({
        async rpc(name, parameters) {
          const place = `${name}:${JSON.stringify(parameters)}`
          made += 1
          if (!failed.has(`before ${place}`)) {
            failed.add(`before ${place}`)
            throw new Error('The worker died')
          }
          const answer = await db.rpc(name, parameters)
          if (!failed.has(`after ${place}`)) {
            failed.add(`after ${place}`)
            throw new Error('The worker died')
          }
          return answer
        },
      }),
    })
    expect(made).toBeGreaterThan(20)
    expect(await row()).toMatchObject({ state: 'completed', read_count: 20, inserted_count: 20, skipped_count: 0 })
    expect((await contacts()).map(({ first_name }) => first_name)).toEqual(
      Array.from({ length: 20 }, (_, at) => `P${at}`).sort((a, b) =>
        `person${a.slice(1)}@` < `person${b.slice(1)}@` ? -1 : 1,
      ),
    )
  })

  it('takes nothing any more from a worker whose import goes on elsewhere', async () => {
    const db = await workerDatabase()
    const { call, row, id } = await ready(listed(3))
    await call('start_import')
    const { run_number } = await row()
    const rows = {
      columns: ['a@example.test', ...Array(7).fill('')].join('\u001D'),
      row_numbers: '{2}',
      failed_count: 0,
      errors: [],
    }
    const take = (run: unknown, after: number) =>
      db.rpc('take_import_rows', {
        import_id: id,
        run_number: run,
        after_count: after,
        ...rows,
        position: {},
        done_bytes: 1,
      })
    expect(await take(run_number, 0)).toEqual({ data: true, error: null })
    expect(await take(run_number, 0)).toEqual({ data: false, error: null })
    await call('stop_import')
    await call('resume_import')
    expect(await take(run_number, 1)).toEqual({ data: false, error: null })
    expect(await row()).toMatchObject({ inserted_count: 1 })
  })

  it('ends with a code and a hint that people read, and leaves nothing half written', async () => {
    const cut = await ready('email,company\nada@example.test,"Cut o')
    expect(await cut.row()).toMatchObject({
      state: 'failed',
      error_code: 'import_quote_not_closed',
      error_hint: expect.any(String),
    })
    const empty = await ready('email,company\n')
    expect(await empty.row()).toMatchObject({ state: 'failed', error_code: 'import_file_empty' })
    const late = await ready(`${listed(5)}\n"not closed`)
    expect(await late.row()).toMatchObject({ state: 'failed', error_code: 'import_quote_not_closed' })
    expect(await late.contacts()).toEqual([])
    // Another reading of the file is another chance.
    await cut.call('set_import_mapping', { format_choice: '{"has_header": false}' })
    await cut.work()
    expect(await cut.row()).toMatchObject({ state: 'failed', error_code: 'import_quote_not_closed' })
  })

  it('ends when who asked for it lost the right meanwhile', async () => {
    const agent = await withCommit(async (db) => {
      const organization = await given.organization(db)
      return { organization, ...(await given.member(db, { organization, role: 'agent' })) }
    })
    const made = await ready(listed(5), { organization: agent.organization, actor: agent.person })
    await made.call('start_import', {}, agent.person)
    await withCommit((db) => db.exec(`update public.memberships set role = 'viewer' where id = $1`, [agent.id]))
    await made.work()
    expect(await made.row()).toMatchObject({ state: 'failed', error_code: 'permission_missing' })
    expect(await made.contacts()).toEqual([])
    // Who has it goes on in their own name.
    await made.call('resume_import')
    await made.work()
    expect(await made.row()).toMatchObject({ state: 'completed', inserted_count: 5 })
  })

  it('stops before the limit of the organization and goes on when it is raised', async () => {
    const made = await ready(listed(10))
    const { organization } = made
    await withCommit((db) => given.limit(db, { organization, key: 'contacts', value: 7 }))
    await made.call('start_import')
    await made.work(tiny)
    expect(await made.row()).toMatchObject({ state: 'failed', error_code: 'contact_limit_reached', inserted_count: 5 })
    await withCommit((db) => given.limit(db, { organization, key: 'contacts', value: 10 }))
    await made.call('resume_import')
    await made.work(tiny)
    expect(await made.row()).toMatchObject({ state: 'completed', inserted_count: 10 })
  })
})
