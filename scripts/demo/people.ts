import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { sandboxClient } from '../../local/sandbox/client.ts'
import type { Database } from '../../types/database.ts'
import { DemoError, expect, say, show } from './story.ts'
import type { Target } from './target.ts'

/** Password of the demo's people, another one each time. */
export const password = `Demo-${crypto.randomUUID()}`

/** A client of the API. */
export type Client = SupabaseClient<Database>

/** Somebody who signed up and is signed in. */
export interface Person {
  readonly name: string
  readonly email: string
  readonly id: string
  readonly client: Client
}

/** A client of somebody who is not signed in. */
export function newClient(target: Target): Client {
  return createClient<Database>(target.apiUrl, target.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  })
}

/** Signs up as a person does it: address, mail, link, password. @param options.email a new one when left out */
export async function signUp(
  target: Target,
  name: string,
  options: { email?: string; locale?: string } = {},
): Promise<Person> {
  const { email = `${name.toLowerCase()}.${crypto.randomUUID().slice(0, 8)}@example.com`, locale = 'en' } = options
  const client = newClient(target)
  const after = new Date()
  say(`${name} signs up as ${email}`)
  const { data, error } = await client.auth.signUp({
    email,
    password,
    options: { data: { display_name: name, locale } },
  })
  if (error) throw error
  expect(data.session === null, 'no session yet: the address must be confirmed first')
  const early = await client.auth.signInWithPassword({ email, password })
  expect(early.error?.code === 'email_not_confirmed', 'signing in before that is refused (email_not_confirmed)')
  const mail = await sandboxClient(target.sandboxUrl).waitForMail({ to: email, after, timeoutMs: 15_000 })
  show(`the inbox received “${mail.subject}”`)
  const link = mail.links.find((candidate) => candidate.url.includes('/auth/v1/verify'))
  if (!link) throw new DemoError('the mail has no confirmation link')
  const opened = await fetch(link.url, { redirect: 'manual' })
  expect(opened.status === 303 || opened.status === 302, `${name} opens the link in the mail: confirmed`)
  const signedIn = await client.auth.signInWithPassword({ email, password })
  if (signedIn.error) throw signedIn.error
  expect(signedIn.data.user.email === email, `${name} signs in`)
  return { name, email, id: signedIn.data.user.id, client }
}
