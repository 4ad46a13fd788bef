import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StorageStack, startStorageStack } from './storage_stack.ts'

let stack: StorageStack
beforeAll(async () => {
  stack = await startStorageStack()
  // Own folder: a person reads, writes and deletes below their id. Drop box: anybody signed in puts, nobody looks.
  await stack.sql.unsafe(`
    insert into storage.buckets (id, name) values ('own', 'own'), ('box', 'box'), ('read_only', 'read_only');
    create policy own_select on storage.objects for select to authenticated
      using (bucket_id = 'own' and (storage.foldername(name))[1] = auth.uid()::text);
    create policy own_insert on storage.objects for insert to authenticated
      with check (bucket_id = 'own' and (storage.foldername(name))[1] = auth.uid()::text);
    create policy own_update on storage.objects for update to authenticated
      using (bucket_id = 'own' and (storage.foldername(name))[1] = auth.uid()::text);
    create policy own_delete on storage.objects for delete to authenticated
      using (bucket_id = 'own' and (storage.foldername(name))[1] = auth.uid()::text);
    create policy box_insert on storage.objects for insert to authenticated with check (bucket_id = 'box');
    create policy read_only_select on storage.objects for select to authenticated using (bucket_id = 'read_only');
  `)
})
afterAll(() => stack[Symbol.asyncDispose]())

describe('objects', () => {
  it('[FIL-01] lets a person work in their own folder and records them as owner', async () => {
    const id = randomUUID()
    const files = (await stack.person(id)).storage.from('own')
    const uploaded = await files.upload(`${id}/a.txt`, 'mine')
    expect(uploaded.error).toBeNull()
    expect((await files.upload(`${id}/a.txt`, 'mine too', { upsert: true })).error).toBeNull()
    expect(await (await files.download(`${id}/a.txt`)).data?.text()).toBe('mine too')
    expect((await files.list(id)).data).toHaveLength(1)
    const [row] = await stack.sql`select owner, owner_id from storage.objects where id = ${uploaded.data?.id ?? ''}`
    expect(row).toEqual({ owner: id, owner_id: id })
    expect((await files.move(`${id}/a.txt`, `${id}/b.txt`)).error).toBeNull()
    expect((await files.copy(`${id}/b.txt`, `${id}/c.txt`)).error).toBeNull()
    expect((await files.remove([`${id}/b.txt`, `${id}/c.txt`])).data).toHaveLength(2)
  })

  it('[FIL-01] shows and gives nothing of another person', async () => {
    const id = randomUUID()
    const path = `${id}/secret.txt`
    await (await stack.person(id)).storage.from('own').upload(path, 'secret')
    for (const client of [await stack.person(), stack.anonymous()]) {
      const files = client.storage.from('own')
      const denied = { statusCode: '403', message: 'new row violates row-level security policy' }
      const missing = { statusCode: '404', message: 'Object not found' }
      expect((await files.download(path)).error).toMatchObject({ statusCode: '404' })
      expect((await files.info(path)).error).toMatchObject(missing)
      expect((await files.exists(path)).data).toBe(false)
      expect((await files.list(id)).data).toEqual([])
      expect((await files.listV2({ prefix: id })).data?.objects).toEqual([])
      expect((await files.createSignedUrl(path, 60)).error).toMatchObject(missing)
      expect((await files.createSignedUrls([path], 60)).data?.[0]).toMatchObject({ signedUrl: null, path })
      expect((await files.upload(path, 'overwritten', { upsert: true })).error).toMatchObject(denied)
      expect((await files.upload(`${id}/new.txt`, 'new')).error).toMatchObject(denied)
      expect((await files.createSignedUploadUrl(`${id}/new.txt`)).error).toMatchObject(denied)
      expect((await files.move(path, `${id}/b.txt`)).error).toMatchObject(missing)
      expect((await files.copy(path, `${id}/b.txt`)).error).toMatchObject(missing)
      expect((await files.remove([path])).data).toEqual([])
    }
    expect(await (await stack.admin().storage.from('own').download(path)).data?.text()).toBe('secret')
  })

  it('cannot be moved or copied into a folder of somebody else', async () => {
    const [mine, theirs] = [randomUUID(), randomUUID()]
    const files = (await stack.person(mine)).storage.from('own')
    await files.upload(`${mine}/a.txt`, 'a')
    expect((await files.move(`${mine}/a.txt`, `${theirs}/a.txt`)).error).toMatchObject({ statusCode: '403' })
    expect((await files.copy(`${mine}/a.txt`, `${theirs}/a.txt`)).error).toMatchObject({ statusCode: '403' })
    expect((await files.exists(`${mine}/a.txt`)).data).toBe(true)
  })

  it('can be put where only inserting is allowed, but not replaced', async () => {
    const files = (await stack.person()).storage.from('box')
    expect((await files.upload('a.txt', 'a')).error).toBeNull()
    expect((await files.upload('a.txt', 'b')).error).toMatchObject({ statusCode: '409' })
    expect((await files.upload('a.txt', 'b', { upsert: true })).error).toMatchObject({ statusCode: '403' })
    expect((await files.download('a.txt')).error).toMatchObject({ statusCode: '404' })
    expect(await (await stack.admin().storage.from('box').download('a.txt')).data?.text()).toBe('a')
  })

  it('[FIL-01] leaves no file of an upload that a policy refused', async () => {
    const before = await stack.storedFiles()
    const { error } = await stack.anonymous().storage.from('own').upload('a.txt', 'refused')
    expect(error).toMatchObject({ statusCode: '403' })
    expect(await stack.storedFiles()).toEqual(before)
  })

  it('knows the operation in policies', async () => {
    const bucket = await stack.bucket()
    await stack.sql.unsafe(`
      create policy operation_select on storage.objects for select to authenticated
        using (bucket_id = '${bucket}' and storage.allow_only_operation('object.list'))`)
    await stack.admin().storage.from(bucket).upload('a.txt', 'a')
    const files = (await stack.person()).storage.from(bucket)
    expect((await files.list()).data).toHaveLength(1)
    expect((await files.download('a.txt')).error).toMatchObject({ statusCode: '404' })
  })

  it('empties no bucket of which the caller may not delete everything they see', async () => {
    await stack.sql`create policy buckets_select on storage.buckets for select to authenticated using (id = 'read_only')`
    await stack.admin().storage.from('read_only').upload('a.txt', 'a')
    const { error } = await (await stack.person()).storage.emptyBucket('read_only')
    expect(error).toMatchObject({ statusCode: '403', message: expect.stringContaining('Cannot delete: a.txt') })
    expect((await stack.admin().storage.from('read_only').exists('a.txt')).data).toBe(true)
  })
})

describe('buckets', () => {
  it('are made and seen only as the policies on them say', async () => {
    const { storage } = await stack.person()
    expect((await storage.createBucket(`mine-${randomUUID()}`, { public: true })).error).toMatchObject({
      statusCode: '403',
    })
    expect((await storage.getBucket('own')).error).toMatchObject({ statusCode: '404' })
    expect((await storage.updateBucket('own', { public: true })).error).toMatchObject({ statusCode: '404' })
    expect((await storage.deleteBucket('own')).error).not.toBeNull()
    expect((await stack.admin().storage.getBucket('own')).data).toMatchObject({ public: false })
  })

  it('[FIL-01] give their objects to everybody when they are public, and to nobody without a token otherwise', async () => {
    const [open, closed] = [await stack.bucket({ public: true }), await stack.bucket()]
    for (const bucket of [open, closed]) await stack.admin().storage.from(bucket).upload('a.txt', 'a')
    const { data } = stack.anonymous().storage.from(open).getPublicUrl('a.txt')
    expect(await (await fetch(data.publicUrl)).text()).toBe('a')
    expect((await stack.request(`/object/${open}/a.txt`)).status).toBe(200)
    for (const path of [
      `/object/public/${closed}/a.txt`,
      `/object/${closed}/a.txt`,
      `/object/info/public/${closed}/a.txt`,
    ]) {
      const response = await stack.request(path)
      expect([response.status, await response.json()]).toEqual([
        400,
        { statusCode: '404', code: 'NoSuchBucket', error: 'Bucket not found', message: 'Bucket not found' },
      ])
    }
  })
})

describe('tokens', () => {
  it('are asked for where something changes', async () => {
    const bucket = await stack.bucket({ public: true })
    const attempts: [string, string][] = [
      ['POST', `/object/${bucket}/a.txt`],
      ['DELETE', `/object/${bucket}/a.txt`],
      ['POST', `/object/list/${bucket}`],
      ['GET', '/bucket'],
      ['DELETE', `/bucket/${bucket}`],
    ]
    for (const [method, path] of attempts) {
      const response = await stack.request(path, { method })
      expect([method, path, response.status]).toEqual([method, path, 400])
      expect(await response.json()).toMatchObject({ message: expect.stringContaining('authorization') })
    }
  })

  it('that are expired, forged or of a role that does not exist are refused', async () => {
    const expired = await stack.tokenFor({ sub: randomUUID(), exp: Math.floor(Date.now() / 1000) - 60 })
    const strange = await stack.tokens.sign({ role: 'postgres', exp: Math.floor(Date.now() / 1000) + 60 })
    const unknown = await stack.tokens.sign({ role: 'nobody', exp: Math.floor(Date.now() / 1000) + 60 })
    const valid = await stack.tokenFor({ sub: randomUUID() })
    const forged = `${valid.slice(0, -4)}AAAA`
    for (const token of [expired, strange, unknown, forged, 'nonsense']) {
      const response = await stack.request('/bucket', { token })
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ statusCode: '403', error: 'Unauthorized' })
    }
  })
})
