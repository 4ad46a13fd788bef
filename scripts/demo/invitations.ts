import { sandboxClient } from '../../local/sandbox/client.ts'
import { newClient, type Person, signUp } from './people.ts'
import { expect, say, show } from './story.ts'
import type { Target } from './target.ts'

/** One is invited by mail before she has an account, and gets in with the link in it. */
export async function walkInvitation(target: Target, ada: Person, organizationId: string): Promise<void> {
  const email = `grace.${crypto.randomUUID().slice(0, 8)}@example.com`
  say(`Ada invites ${email}, who has no account yet`)
  const invited = await ada.client.rpc('create_invitations', {
    organization_id: organizationId,
    invitations: [{ email, role: 'agent' }, { email: 'not an address' }],
  })
  if (invited.error) throw invited.error
  expect(
    invited.data.map(({ code }) => code ?? 'invited').join(', ') === 'invited, email_invalid',
    'each row of the list has its answer: invited, email_invalid',
  )
  const mail = await sandboxClient(target.sandboxUrl).waitForMail({ to: email, timeoutMs: 15_000 })
  show(`the inbox received “${mail.subject}”`)
  const token = mail.links.map(({ url }) => new URL(url).hash.replace('#token=', '')).find((text) => text !== '') ?? ''
  const preview = await newClient(target).rpc('look_up_invitation', { token })
  expect(preview.data?.organization_name === 'Lovelace Works', 'whoever has the link sees who invites')
  const guess = await newClient(target).rpc('look_up_invitation', { token: `${token.slice(1)}x` })
  expect(guess.data?.organization_name === null, 'a guessed link tells nothing')
  const foreign = await ada.client.rpc('accept_invitation', { token })
  expect(
    foreign.error?.code === 'invitation_for_another_address',
    'it is of no use to another account (invitation_for_another_address)',
  )
  const grace = await signUp(target, 'Grace', { email })
  const accepted = await grace.client.rpc('accept_invitation', { token })
  if (accepted.error) throw accepted.error
  expect(accepted.data.role === 'agent', 'Grace accepts and is an agent of the organisation')
}
