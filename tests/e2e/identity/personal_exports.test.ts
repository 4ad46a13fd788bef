import { strFromU8, unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sandboxClient } from '../../../local/sandbox/client.ts'
import { authPerson, signIn } from '../../support/auth_person.ts'
import { lacks, type TestTarget, testTarget } from '../../support/target.ts'

describe.skipIf(lacks.sandbox)('the export of personal data, through the public API', { timeout: 120_000 }, () => {
  let target: TestTarget
  beforeAll(async () => {
    target = await testTarget()
  })
  afterAll(() => target[Symbol.asyncDispose]())

  it('[A1-08] mails a link to a zip with the own data and files, which nobody else can fetch', async () => {
    const [ana, ben] = [await authPerson(target), await authPerson(target)]
    const [client, other] = [await signIn(target, ana), await signIn(target, ben)]
    const picture = Uint8Array.from([137, 80, 78, 71])
    // As the backend shows it once a picture was uploaded.
    const put = await target
      .adminClient()
      .storage.from('avatars')
      .upload(`${ana.id}/me.png`, new Blob([picture], { type: 'image/png' }))
    expect(put.error).toBeNull()
    const asked = await client.rpc('request_my_data_export')
    expect(asked.error).toBeNull()
    expect(asked.data).toMatchObject({ user_id: ana.id, state: 'queued' })
    const again = await client.rpc('request_my_data_export')
    expect(again.status).toBe(429)

    const mail = await sandboxClient(target.sandboxUrl ?? '').waitForMail({
      ...{ to: ana.email, subject: 'Your data from Atrium is ready', timeoutMs: 90_000 },
    })
    const link = /https?:\/\/\S+\/object\/sign\/\S+/.exec(mail.text ?? '')?.[0] ?? ''
    expect(link.startsWith(target.apiUrl)).toBe(true)
    const answer = await fetch(link)
    expect(answer.status).toBe(200)
    const content = unzipSync(new Uint8Array(await answer.arrayBuffer()))
    const rows = (name: string): unknown => JSON.parse(strFromU8(content[`data/${name}.json`] ?? new Uint8Array()))
    expect(rows('account')).toEqual([expect.objectContaining({ id: ana.id, email: ana.email })])
    expect(rows('public.profiles')).toEqual([expect.objectContaining({ id: ana.id })])
    expect(content[`files/avatars/${ana.id}/me.png`]).toEqual(picture)
    const everything = Object.values(content).map((bytes) => strFromU8(bytes))
    expect(everything.join('\n')).not.toContain(ben.id)

    const ready = await client.from('personal_exports').select('state, file_path').single()
    expect(ready.data?.state).toBe('ready')
    const path = ready.data?.file_path ?? ''
    expect((await client.storage.from('exports').download(path)).error).toBeNull()
    expect((await other.storage.from('exports').download(path)).error).not.toBeNull()
    expect((await client.storage.from('exports').remove([path])).data).toEqual([])
    expect((await other.from('personal_exports').select('id')).data).toEqual([])
  })
})
