import { unpackTar } from 'modern-tar'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { withConnection } from '../../../local/postgres/database.ts'
import { signedInPerson } from '../../support/api_person.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

const manifestSchema = z.object({
  backup_id: z.string(),
  files: z.array(
    z.object({ part: z.number(), path: z.string().nullable(), file_id: z.string(), checksum: z.string() }),
  ),
})

describe('a backup of files', { timeout: 120_000 }, () => {
  let stack: TestStack
  beforeAll(async () => {
    stack = await testStack()
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  const run = (statement: string) => withConnection(stack.database.url, (sql) => sql.unsafe(statement))

  async function founder() {
    const person = await signedInPerson(stack)
    const founded = await person.client.rpc('create_organization', { name: `Works ${crypto.randomUUID()}` })
    if (founded.error) throw founded.error
    return { ...person, organizationId: founded.data.id }
  }
  type Founder = Awaited<ReturnType<typeof founder>>

  const csv = (rows: number) =>
    new TextEncoder().encode(`name,city\n${Array.from({ length: rows }, (_, n) => `Ada ${n},Lagos\n`).join('')}`)

  /** Uploads a table and waits for its scan. */
  async function upload(who: Founder, name: string, rows: number) {
    const content = csv(rows)
    const begun = await who.client.rpc('begin_upload', {
      organization_id: who.organizationId,
      category: 'document',
      name,
      media_type: 'text/csv',
      size_bytes: content.byteLength,
    })
    if (begun.error) throw begun.error
    const { bucket_id, object_path, file_id } = begun.data
    const put = await who.client.storage
      .from(bucket_id)
      .upload(object_path, new Blob([content], { type: 'text/csv' }), { contentType: 'text/csv' })
    expect(put.error).toBeNull()
    const state = async () => (await who.client.from('files').select('state').eq('id', file_id).single()).data?.state
    await expect.poll(state).toBe('clean')
    return { bucket_id, object_path, file_id, content }
  }

  async function backUp(who: Founder) {
    const asked = await who.client.rpc('request_file_backup', { organization_id: who.organizationId })
    if (asked.error) throw asked.error
    const row = async () => (await who.client.from('file_backups').select('*').eq('id', asked.data.id).single()).data
    await expect.poll(async () => (await row())?.state).toBe('ready')
    const backup = await row()
    if (!backup) throw new Error('The backup is gone')
    return backup
  }

  async function restore(who: Founder, backup: string) {
    const asked = await who.client.rpc('request_file_restore', { backup_id: backup })
    if (asked.error) throw asked.error
    const row = async () => (await who.client.from('file_restores').select('*').eq('id', asked.data.id).single()).data
    await expect.poll(async () => (await row())?.state).toBe('ready')
    const { restored_count, unchanged_count, failed_count } = (await row()) ?? {}
    return { restored_count, unchanged_count, failed_count }
  }

  const stored = async (path: string) => {
    const { data, error } = await stack.adminClient().storage.from('exports').download(path)
    if (error) throw error
    return new Uint8Array(await data.arrayBuffer())
  }

  it('[FIL-10] holds every clean file, with a manifest, and brings back what is gone or lost, each once', async () => {
    const ana = await founder()
    const [first, second] = [await upload(ana, 'First.csv', 3), await upload(ana, 'Second.csv', 20_000)]
    const backup = await backUp(ana)
    expect(backup).toMatchObject({ file_count: 2, part_count: 1, damaged_count: 0 })
    const folder = `${ana.organizationId}/backup/${backup.manifest_file_id}`
    const manifest = manifestSchema.parse(JSON.parse(new TextDecoder().decode(await stored(`${folder}/1`))))
    expect(manifest.files.map(({ file_id }) => file_id).sort()).toEqual([first.file_id, second.file_id].sort())
    const packed = await unpackTar(await stored(`${folder}/parts/00001.tar`))
    for (const file of [first, second]) {
      expect(packed.find(({ header }) => header.name === `document/${file.file_id}`)?.data).toEqual(file.content)
    }
    expect(await restore(ana, backup.id)).toEqual({ restored_count: 0, unchanged_count: 2, failed_count: 0 })

    expect((await ana.client.rpc('delete_file', { file_id: first.file_id })).error).toBeNull()
    await stack.adminClient().storage.from(second.bucket_id).remove([second.object_path])
    await run(`update private.file_objects set missing_at = now() where object_path = '${second.object_path}'`)
    expect(await restore(ana, backup.id)).toEqual({ restored_count: 2, unchanged_count: 0, failed_count: 0 })
    const back = async () =>
      (
        await ana.client
          .from('files')
          .select('id, name, versions:file_versions(object_path)')
          .eq('state', 'clean')
          .eq('category', 'document')
          .not('id', 'in', `(${first.file_id},${second.file_id})`)
          .order('name')
      ).data
    await expect.poll(async () => (await back())?.length).toBe(2)
    for (const [index, file] of [first, second].entries()) {
      const path = (await back())?.[index]?.versions[0]?.object_path ?? ''
      const { data } = await ana.client.storage.from(file.bucket_id).download(path)
      expect(new Uint8Array((await data?.arrayBuffer()) ?? [])).toEqual(file.content)
    }
    expect(await restore(ana, backup.id)).toEqual({ restored_count: 0, unchanged_count: 2, failed_count: 0 })
  })

  it('[FIL-10] names what Storage lost or changed instead of backing it up broken', async () => {
    const ana = await founder()
    const [kept, lost, changed] = [
      await upload(ana, 'Kept.csv', 3),
      await upload(ana, 'Lost.csv', 4),
      await upload(ana, 'Changed.csv', 5),
    ]
    const admin = stack.adminClient().storage.from(kept.bucket_id)
    await admin.remove([lost.object_path])
    await admin.update(changed.object_path, new Blob(['name\nEve\n']), { contentType: 'text/csv' })
    const backup = await backUp(ana)
    expect(backup).toMatchObject({ file_count: 1, damaged_count: 2, size_bytes: kept.content.byteLength })
  })

  it('[FIL-10] whose part was changed restores nothing of what does not match', async () => {
    const ana = await founder()
    const file = await upload(ana, 'Terms.csv', 50)
    const backup = await backUp(ana)
    const path = `${ana.organizationId}/backup/${backup.manifest_file_id}/parts/00001.tar`
    const part = await stored(path)
    part.set(new TextEncoder().encode('EVE'), 512 + 20)
    await stack
      .adminClient()
      .storage.from('exports')
      .update(path, new Blob([part]), { contentType: 'application/x-tar' })
    await ana.client.rpc('delete_file', { file_id: file.file_id })
    expect(await restore(ana, backup.id)).toEqual({ restored_count: 0, unchanged_count: 0, failed_count: 1 })
    const left = await ana.client.from('files').select('state').eq('name', 'Terms.csv')
    expect(left.data?.map(({ state }) => state)).toEqual(['deleted'])
  })

  it('is for who manages files, one at a time', async () => {
    const [ana, ben] = [await founder(), await founder()]
    const asked = await ben.client.rpc('request_file_backup', { organization_id: ana.organizationId })
    expect(asked.error?.code).toBe('organization_not_found')
    const backup = await backUp(ana)
    const restored = await ben.client.rpc('request_file_restore', { backup_id: backup.id })
    expect(restored.error?.code).toBe('file_backup_not_found')
    expect((await ben.client.from('file_backups').select('id')).data).toEqual([])
  })
})
