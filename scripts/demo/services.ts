import { setTimeout as delay } from 'node:timers/promises'
import type { RealtimeChannel } from '@supabase/supabase-js'
import { TOTP } from 'otpauth'
import sharp from 'sharp'
import { sandboxClient } from '../../local/sandbox/client.ts'
import { type Client, newClient, type Person, password } from './people.ts'
import { DemoError, expect, say, show } from './story.ts'
import type { Target } from './target.ts'

/** The people of the demo and their organisation. */
export interface Cast {
  readonly ada: Person
  readonly ben: Person
  readonly organizationId: string
}

const patienceMs = 15_000

/** Files, live channels, second factors, recovery. */
export async function walkServices(target: Target, cast: Cast): Promise<void> {
  await uploadPicture(cast.ada)
  await meetOnChannel(cast)
  await useSecondFactor(cast.ben)
  await recover(target, cast.ada)
}

async function uploadPicture({ client, id }: Person): Promise<void> {
  say('Ada uploads a picture of 800 × 600 and shows it small')
  const picture = await sharp({ create: { width: 800, height: 600, channels: 3, background: '#3b6ea5' } })
    .png()
    .toBuffer()
  const bucket = client.storage.from('picture-uploads')
  const uploaded = await bucket.upload(`${id}/face.png`, picture, { contentType: 'image/png', upsert: true })
  if (uploaded.error) throw uploaded.error
  const path = await waitForPicture(client, id)
  expect(
    path.startsWith(`${id}/`),
    'the backend scanned it, made it anew without metadata, and shows it on her profile',
  )
  const avatars = client.storage.from('avatars')
  const small = avatars.getPublicUrl(path, { transform: { width: 64, height: 64 } }).data.publicUrl
  const response = await fetch(small)
  const { width, height } = await sharp(Buffer.from(await response.arrayBuffer())).metadata()
  expect(width === 64 && height === 64, `anybody may see it at 64 × 64: ${small}`)
  const foreign = await bucket.upload(`${crypto.randomUUID()}/face.png`, picture, { contentType: 'image/png' })
  expect(foreign.error !== null, `a folder that is not hers is closed: ${foreign.error?.message}`)
}

async function waitForPicture(client: Person['client'], id: string): Promise<string> {
  for (const startedAt = Date.now(); Date.now() - startedAt < 60_000; ) {
    const { data } = await client.from('profiles').select('avatar_path').eq('id', id).single()
    if (data?.avatar_path) return data.avatar_path
    await delay(250)
  }
  throw new Error('The picture did not appear within a minute')
}

async function meetOnChannel({ ada, ben, organizationId }: Cast): Promise<void> {
  say('Ada and Ben meet on the private channel of their organisation')
  const { data } = await ada.client.from('organizations').select('topic_epoch').eq('id', organizationId).single()
  const topic = `organization:${organizationId}:${data?.topic_epoch}`
  const seen = Promise.withResolvers<void>()
  const hers = await join(ada.client, topic, 'Ada', (present) => {
    if (present.includes('Ada') && present.includes('Ben')) seen.resolve()
  })
  const his = await join(ben.client, topic, 'Ben')
  await withPatience(seen.promise, 'Ada did not see Ben on the channel')
  expect(true, `both see each other on ${topic}`)

  say('Ada removes Ben from the organisation')
  const told = Promise.withResolvers<void>()
  hers.on('broadcast', { event: 'access_changed' }, () => told.resolve())
  const member = await ada.client
    .from('memberships')
    .select('id')
    .eq('organization_id', organizationId)
    .eq('user_id', ben.id)
    .single()
  const removed = await ada.client.rpc('remove_member', { membership_id: member.data?.id ?? '' })
  if (removed.error) throw removed.error
  await withPatience(told.promise, 'nobody was told that access changed')
  const after = await ada.client.from('organizations').select('topic_epoch').eq('id', organizationId).single()
  expect(after.data?.topic_epoch === (data?.topic_epoch ?? 0) + 1, 'the organisation moved to a new topic')
  const refused = await join(ben.client, `organization:${organizationId}:${after.data?.topic_epoch}`, 'Ben').then(
    () => false,
    () => true,
  )
  expect(refused, 'Ben may not follow it there')
  for (const channel of [hers, his]) await channel.unsubscribe()
  for (const { client } of [ada, ben]) client.realtime.disconnect()
}

/** Joins a private channel and shows presence. @throws {DemoError} when the join is refused */
async function join(
  client: Client,
  topic: string,
  name: string,
  onSync?: (present: string[]) => void,
): Promise<RealtimeChannel> {
  const channel = client.channel(topic, { config: { private: true, presence: { key: name } } })
  if (onSync) channel.on('presence', { event: 'sync' }, () => onSync(Object.keys(channel.presenceState())))
  const joined = new Promise<void>((resolve, reject) => {
    channel.subscribe((status, error) => {
      if (status === 'SUBSCRIBED') resolve()
      else if (status === 'CHANNEL_ERROR') reject(new DemoError(error?.message ?? 'the join was refused'))
    })
  })
  try {
    await withPatience(joined, `${name} could not join ${topic}`)
  } catch (error) {
    await client.removeChannel(channel)
    throw error
  }
  await channel.track({ since: new Date().toISOString() })
  return channel
}

async function useSecondFactor({ client }: Person): Promise<void> {
  say('Ben protects his account with an authenticator app')
  const enrolled = await client.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'Phone' })
  if (enrolled.error) throw enrolled.error
  const { id, totp } = enrolled.data
  const code = new TOTP({ secret: totp.secret }).generate()
  const verified = await client.auth.mfa.challengeAndVerify({ factorId: id, code })
  if (verified.error) throw verified.error
  const level = await client.auth.mfa.getAuthenticatorAssuranceLevel()
  expect(level.data?.currentLevel === 'aal2', 'the code of the app raises his session to aal2')
}

async function recover(target: Target, { email }: Person): Promise<void> {
  say('Ada forgot her password')
  const client = newClient(target)
  const after = new Date().toISOString()
  const asked = await client.auth.resetPasswordForEmail(email)
  if (asked.error) throw asked.error
  const mail = await sandboxClient(target.sandboxUrl).waitForMail({ to: email, after, timeoutMs: patienceMs })
  show(`the inbox received “${mail.subject}”`)
  const verified = await client.auth.verifyOtp({ email, token: mail.codes[0] ?? '', type: 'recovery' })
  if (verified.error) throw verified.error
  const changed = await client.auth.updateUser({ password: `${password}-new` })
  expect(changed.error === null, 'the code of the mail lets her choose a new one')
  const old = await newClient(target).auth.signInWithPassword({ email, password })
  expect(old.error?.code === 'invalid_credentials', 'the old one is refused')
}

/** @throws {DemoError} when nothing happened in time */
async function withPatience<T>(waiting: Promise<T>, otherwise: string): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new DemoError(otherwise)), patienceMs)
  try {
    return await Promise.race([waiting, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
