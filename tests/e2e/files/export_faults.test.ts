import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { read } from 'hucre'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { fileDatabase, withCommit } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'

const rowCount = 1_500
const workerFile = join(import.meta.dirname, '..', '..', '..', 'bench', 'support', 'export_fault_worker.ts')

describe('workers that write exports, each a process', { timeout: 240_000 }, () => {
  let folder: string
  let url: string
  let organization: GivenOrganization
  const workers: ChildProcess[] = []
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'atrium-exports-'))
    url = (await fileDatabase()).url
    organization = await withCommit(async (db) => {
      const made = await given.organization(db)
      await db.exec(
        `insert into public.invitations (organization_id, email, role, invited_by, expires_at, created_at)
         select $1, 'invitee-' || number || '@example.com', 'member', $2, now() + interval '7 days',
           now() - interval '1 day' + number / 3 * interval '1 second'
         from generate_series(1, ${rowCount}) as number`,
        [made.id, made.owner.id],
      )
      return made
    })
  })
  afterAll(async () => {
    for (const worker of workers) worker.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  const start = (haltsAt: number) => {
    const input = { url, folder, worker: `worker-${workers.length + 1}`, haltsAt }
    const worker = fork(workerFile, [JSON.stringify(input)])
    workers.push(worker)
    return worker
  }
  const request = (format: string) =>
    withCommit(async (db) => {
      await db.actAs(organization.admin)
      const { id } = await db.row<{ id: string }>(
        `select id from public.request_export($1, 'invitations', $2::text::public.export_format)`,
        [organization.id, format],
      )
      return id
    })
  const find = (id: string) =>
    withCommit((db) =>
      db.row<{ state: string; row_count: string; file_path: string | null }>(
        'select state::text, row_count, file_path from public.exports where id = $1',
        [id],
      ),
    )
  const waitUntilReady = (id: string) =>
    vi.waitFor(
      async () => {
        const row = await find(id)
        expect(row.state).toBe('ready')
        return row
      },
      { timeout: 120_000, interval: 100 },
    )

  it('[ANA-15] are killed in the middle, again and again, and no row is lost or comes twice', async () => {
    const ids = [await request('csv'), await request('xlsx')]
    const [first = '', second = ''] = ids
    for (const haltsAt of [1, 4, 9, 12]) {
      const worker = start(haltsAt)
      await once(worker, 'message')
      const exited = once(worker, 'exit')
      worker.kill('SIGKILL')
      await exited
    }
    for (const id of ids) expect((await find(id)).state).not.toBe('ready')
    start(1_000_000)
    const files = await Promise.all(
      [first, second].map(async (id) => {
        const { file_path } = await waitUntilReady(id)
        return readFile(join(folder, 'exports', file_path ?? ''))
      }),
    )
    const expected = Array.from({ length: rowCount }, (_nothing, index) => `invitee-${index + 1}@example.com`).sort()
    const records = z.array(z.object({ email: z.string() })).parse(parse(files[0] ?? '', { bom: true, columns: true }))
    expect(records.map(({ email }) => email).sort()).toEqual(expected)
    const [header = [], ...rows] = (await read(new Uint8Array(files[1] ?? []))).sheets[0]?.rows ?? []
    expect(rows.map((cells) => String(cells[header.indexOf('email')])).sort()).toEqual(expected)
  })
})
