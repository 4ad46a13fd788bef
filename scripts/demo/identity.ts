import { setTimeout as delay } from 'node:timers/promises'
import { unzipSync } from 'fflate'
import { z } from 'zod'
import { type Mail, sandboxClient } from '../../local/sandbox/client.ts'
import { type Person, signUp } from './people.ts'
import { DemoError, expect, say, show } from './story.ts'
import type { Target } from './target.ts'

const longestWaitMs = 60_000
const listSchema = z.object({ data: z.array(z.object({ name: z.string() })) })
const membersSchema = z.object({ data: z.array(z.object({ display_name: z.string() })) })

/** A brand in mails, an invitation in French, a step up, a key for a program, and everything about oneself as a zip. */
export async function walkIdentity(target: Target, ada: Person, organizationId: string): Promise<void> {
  await brandOrganization(ada, organizationId)
  const claire = await inviteInFrench(target, ada, organizationId)
  await useKey(target, ada, organizationId)
  await exportData(target, claire)
}

async function brandOrganization({ client }: Person, id: string): Promise<void> {
  say('Ada gives the organisation its colours and a footer')
  const brand = {
    primary_color: '#0b3d2e',
    secondary_color: '#e0a458',
    mail_footer: 'Lovelace Works\n12 St James’s Square',
  }
  const saved = await client.from('organizations').update(brand).eq('id', id).select('primary_color').single()
  expect(saved.data?.primary_color === brand.primary_color, 'mails sent in its name will have them')
  const wrong = await client.from('organizations').update({ primary_color: 'red;' }).eq('id', id)
  expect(wrong.error?.code === '23514', 'what is no colour is refused')
}

async function inviteInFrench(target: Target, ada: Person, organizationId: string): Promise<Person> {
  const claire = await signUp(target, 'Claire', { locale: 'fr' })
  say('Ada invites Claire, who reads French')
  const after = new Date()
  const invitations = [{ email: claire.email, role: 'viewer' }]
  const invited = await ada.client.rpc('create_invitations', { organization_id: organizationId, invitations })
  if (invited.error) throw invited.error
  const mail = await receive(target, claire.email, 'vous invite', after)
  expect(mail.html?.includes('#0b3d2e') === true, 'the mail has the colours of the organisation')
  const token = mail.links.map(({ url }) => new URL(url).hash.replace('#token=', '')).find((text) => text !== '') ?? ''
  const accepted = await claire.client.rpc('accept_invitation', { token })
  expect(accepted.data?.role === 'viewer', 'Claire accepts and is a viewer')
  const { data: members } = await claire.client
    .from('members')
    .select('display_name')
    .eq('organization_id', organizationId)
    .order('display_name')
  expect(
    members?.some(({ display_name }) => display_name === 'Ada') === true,
    `she sees who works there: ${members?.map(({ display_name }) => display_name).join(', ')}`,
  )
  return claire
}

async function useKey(target: Target, { client, email }: Person, organizationId: string): Promise<void> {
  say('Ada makes an API key for a program')
  const account = await client.rpc('create_service_account', { organization_id: organizationId, name: 'Importer' })
  if (account.error) throw account.error
  const key = {
    service_account_id: account.data.id,
    name: 'Nightly',
    scopes: ['organization.read', 'members.read'],
  }
  const early = await client.rpc('create_api_key', key)
  expect(early.error?.code === 'verification_required', 'first she has to prove that it is her (verification_required)')
  const after = new Date()
  const asked = await client.auth.signInWithOtp({ email, options: { shouldCreateUser: false } })
  if (asked.error) throw asked.error
  const mail = await receive(target, email, 'sign-in link', after)
  const verified = await client.auth.verifyOtp({ email, token: mail.codes[0] ?? '', type: 'email' })
  if (verified.error) throw verified.error
  const made = await client.rpc('create_api_key', key).single()
  if (made.error) throw made.error
  const { key_id, secret } = z.object({ key_id: z.string(), secret: z.string() }).parse(made.data)
  expect(secret.startsWith('atk_'), 'with the code of the mail she gets it, shown once')
  const ask = (path: string) =>
    fetch(`${target.apiUrl}/functions/v1/api/v1${path}`, { headers: { authorization: `Bearer ${secret}` } })
  const organizations = listSchema.parse(await (await ask('/organizations')).json())
  expect(
    organizations.data.map(({ name }) => name).join() === 'Lovelace Works',
    'the program reads its organisation over REST, and no other',
  )
  const members = membersSchema.parse(await (await ask(`/organizations/${organizationId}/members`)).json())
  expect(
    members.data.some(({ display_name }) => display_name === 'Importer'),
    'it stands among the members itself',
  )
  expect((await ask(`/organizations/${organizationId}/invitations`)).status === 403, 'what its scopes lack is refused')
  const revoked = await client.rpc('revoke_api_key', { api_key_id: key_id })
  if (revoked.error) throw revoked.error
  expect(await until(async () => (await ask('/organizations')).status === 401), 'revoked, it is dead within seconds')
}

async function exportData(target: Target, { client, email, id }: Person): Promise<void> {
  say('Claire asks for everything that is kept about her')
  const after = new Date()
  const asked = await client.rpc('request_my_data_export')
  if (asked.error) throw asked.error
  const mail = await receive(target, email, 'Vos données', after)
  const link = mail.links.find(({ url }) => url.includes('/object/sign/'))
  if (!link) throw new DemoError('the mail has no link to the zip')
  const answer = await fetch(link.url)
  const names = Object.keys(unzipSync(new Uint8Array(await answer.arrayBuffer())))
  expect(names.includes('data/public.profiles.json'), `the link brings a zip of ${names.length} files`)
  const { data: signIns } = await client.rpc('list_my_sign_ins')
  expect(
    signIns?.some(({ is_successful }) => is_successful === true) === true,
    'and she sees when and from where she signed in',
  )
  const { data: profile } = await client.from('profiles').select('locale').eq('id', id).single()
  show(`her profile speaks “${profile?.locale}”`)
}

/** Waits for a mail. @throws when none comes */
async function receive(target: Target, to: string, subject: string, after: Date): Promise<Mail> {
  const inbox = sandboxClient(target.sandboxUrl)
  const mail = await inbox.waitForMail({ to, subject, after, timeoutMs: longestWaitMs })
  show(`the inbox received “${mail.subject}”`)
  return mail
}

async function until(isSo: () => Promise<boolean>): Promise<boolean> {
  const end = Date.now() + longestWaitMs
  while (Date.now() < end) {
    if (await isSo()) return true
    await delay(250)
  }
  return false
}
