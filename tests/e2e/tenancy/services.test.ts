import type { RealtimeChannel } from '@supabase/supabase-js'
import { TOTP } from 'otpauth'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestTarget, testTarget } from '../../support/target.ts'

const password = 'Correct-horse-1'

describe('files, channels and second factors of the first rooms', { timeout: 60_000 }, () => {
  let target: TestTarget
  beforeAll(async () => {
    target = await testTarget()
  })
  afterAll(() => target[Symbol.asyncDispose]())

  async function person() {
    const email = `${crypto.randomUUID()}@example.com`
    const made = await target.adminClient().auth.admin.createUser({ email, password, email_confirm: true })
    const client = target.client()
    expect((await client.auth.signInWithPassword({ email, password })).error).toBeNull()
    return { client, email, id: made.data.user?.id ?? '' }
  }
  type Person = Awaited<ReturnType<typeof person>>

  const picture = () =>
    sharp({ create: { width: 200, height: 100, channels: 3, background: '#808080' } })
      .png()
      .toBuffer()

  it('[FIL-08] takes a picture into the own folder, shows it small to everybody, and nowhere else', async () => {
    const [ada, eve] = [await person(), await person()]
    const upload = ada.client.storage.from('picture-uploads')
    const put = (bucket: typeof upload, name: string) =>
      picture().then((png) => bucket.upload(name, png, { contentType: 'image/png' }))
    expect((await put(upload, `${ada.id}/face.png`)).error).toBeNull()
    const pathOf = async () =>
      (await ada.client.from('profiles').select('avatar_path').eq('id', ada.id).single()).data?.avatar_path ?? ''
    await expect.poll(pathOf).toMatch(new RegExp(`^${ada.id}/[0-9a-f]{32}\\.jpg$`))
    const path = await pathOf()
    const avatars = ada.client.storage.from('avatars')
    const url = avatars.getPublicUrl(path, { transform: { width: 50, height: 50 } }).data.publicUrl
    const small = await sharp(Buffer.from(await (await fetch(url)).arrayBuffer())).metadata()
    expect([small.width, small.height]).toEqual([50, 50])
    expect((await put(eve.client.storage.from('picture-uploads'), `${ada.id}/theft.png`)).error).not.toBeNull()
    expect((await put(avatars, `${ada.id}/past-the-backend.png`)).error).not.toBeNull()
    expect((await eve.client.storage.from('avatars').remove([path])).data ?? []).toEqual([])
    // Her own choice removes it.
    await ada.client.from('profiles').update({ avatar_path: null }).eq('id', ada.id)
    await expect.poll(async () => (await fetch(avatars.getPublicUrl(path).data.publicUrl)).ok).toBe(false)
  })

  /** Resolves with the channel, or with null when the join is refused. */
  function join(who: Person, topic: string): Promise<RealtimeChannel | null> {
    const channel = who.client.channel(topic, { config: { private: true, presence: { key: who.id } } })
    return new Promise((resolve) => {
      channel.subscribe((status) => {
        if (status === 'SUBSCRIBED') resolve(channel)
        else if (status === 'CHANNEL_ERROR' || status === 'TIMED_OUT') {
          void who.client.removeChannel(channel)
          resolve(null)
        }
      })
    })
  }

  it('lets members meet on the channel of their organisation and closes it behind who leaves', async () => {
    const [ada, ben, eve] = [await person(), await person(), await person()]
    const founded = await ada.client.rpc('create_organization', { name: 'Channel Works' })
    const id = founded.data?.id ?? ''
    const added = await ada.client.rpc('add_member', { organization_id: id, user_id: ben.id, role: 'member' })
    expect(added.error).toBeNull()
    const epoch = async () =>
      (await ada.client.from('organizations').select('topic_epoch').eq('id', id).single()).data?.topic_epoch
    const topic = `organization:${id}:${await epoch()}`
    expect(await join(eve, topic)).toBeNull()
    const [hers, his] = [await join(ada, topic), await join(ben, topic)]
    await hers?.track({})
    await his?.track({})
    await expect
      .poll(() => Object.keys(hers?.presenceState() ?? {}).sort(), { timeout: 25_000 })
      .toEqual([ada.id, ben.id].sort())
    const members = await ada.client.from('memberships').select('id').eq('organization_id', id).eq('user_id', ben.id)
    const removed = await ada.client.rpc('remove_member', { membership_id: members.data?.[0]?.id ?? '' })
    expect(removed.error).toBeNull()
    const next = `organization:${id}:${await epoch()}`
    expect(next).not.toBe(topic)
    expect(await join(ben, next)).toBeNull()
    expect(await join(ada, next)).not.toBeNull()
    for (const { client } of [ada, ben, eve]) await client.removeAllChannels()
  })

  it('[IDN-27] raises a session to aal2 by the code of an authenticator app', async () => {
    const { client, email } = await person()
    const enrolled = await client.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'Phone' })
    expect(enrolled.error).toBeNull()
    const factorId = enrolled.data?.id ?? ''
    const secret = enrolled.data?.type === 'totp' ? enrolled.data.totp.secret : ''
    const wrong = await client.auth.mfa.challengeAndVerify({ factorId, code: '000000' })
    expect(wrong.error?.code).toBe('mfa_verification_failed')
    const code = new TOTP({ secret }).generate()
    expect((await client.auth.mfa.challengeAndVerify({ factorId, code })).error).toBeNull()
    const level = async (who: typeof client) => (await who.auth.mfa.getAuthenticatorAssuranceLevel()).data
    expect(await level(client)).toMatchObject({ currentLevel: 'aal2', nextLevel: 'aal2' })
    const again = target.client()
    await again.auth.signInWithPassword({ email, password })
    expect(await level(again)).toMatchObject({ currentLevel: 'aal1', nextLevel: 'aal2' })
  })
})
