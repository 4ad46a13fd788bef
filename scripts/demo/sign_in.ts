import { createClient } from '@supabase/supabase-js'
import { sandboxClient } from '../../local/sandbox/client.ts'
import type { Database } from '../../types/database.ts'
import type { Client, Person } from './people.ts'
import { DemoError, expect, say } from './story.ts'
import type { Target } from './target.ts'

const app = 'http://127.0.0.1:3000/signed-in'
const mostRedirects = 8

/** Signs in with LinkedIn and links it to an account, with the sandbox in LinkedIn's place. */
export async function walkLinkedIn(target: Target, ben: Person): Promise<void> {
  const sandbox = sandboxClient(target.sandboxUrl)
  const before = await sandbox.setPeople({})
  const suffix = crypto.randomUUID().slice(0, 8)
  const [cleo, other] = [`cleo-${suffix}`, `ben-${suffix}`]
  await sandbox.setPeople({
    people: [
      ...before.people,
      { sub: cleo, name: 'Cleo Marsh', email: `${cleo}@example.com`, company: 'Northwind', position: 'Buyer' },
      { sub: other, name: 'Ben at LinkedIn', email: `${other}@example.org` },
    ],
    auto: true,
  })
  try {
    await signInWithLinkedIn(target, cleo)
    await linkLinkedIn(ben, other)
  } finally {
    // The sandbox may be somebody's own: its people are given back.
    await sandbox.setPeople(before)
  }
}

async function signInWithLinkedIn(target: Target, sub: string): Promise<void> {
  say('Cleo signs in with LinkedIn')
  const client = createClient<Database>(target.apiUrl, target.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false, flowType: 'pkce' },
  })
  const started = await client.auth.signInWithOAuth({
    provider: 'linkedin_oidc',
    options: { skipBrowserRedirect: true, redirectTo: app, queryParams: { login_hint: sub } },
  })
  if (started.error) throw started.error
  const back = await browse(started.data.url ?? '')
  const { data, error } = await client.auth.exchangeCodeForSession(back.searchParams.get('code') ?? '')
  if (error) throw error
  expect(
    data.user.app_metadata.provider === 'linkedin_oidc',
    'LinkedIn sent her back with a code, which is a session now',
  )
  const profile = await client.from('profiles').select('display_name').eq('id', data.user.id).single()
  expect(profile.data?.display_name === 'Cleo Marsh', 'her profile has the name that LinkedIn gave')
}

async function linkLinkedIn({ client }: Person, sub: string): Promise<void> {
  say('Ben links LinkedIn to the account he has')
  const started = await client.auth.linkIdentity({
    provider: 'linkedin_oidc',
    options: { skipBrowserRedirect: true, redirectTo: app, queryParams: { login_hint: sub } },
  })
  if (started.error) throw started.error
  await browse(started.data.url ?? '')
  expect((await providersOf(client)).includes('linkedin_oidc'), 'both ways lead to the same account now')
  const identities = await client.auth.getUserIdentities()
  const linked = identities.data?.identities.find((identity) => identity.provider === 'linkedin_oidc')
  if (!linked) throw new DemoError('the linked identity is not listed')
  const unlinked = await client.auth.unlinkIdentity(linked)
  if (unlinked.error) throw unlinked.error
  expect(!(await providersOf(client)).includes('linkedin_oidc'), 'and he takes it off again')
}

async function providersOf(client: Client): Promise<string[]> {
  const { data, error } = await client.auth.getUserIdentities()
  if (error) throw error
  return data.identities.map((identity) => identity.provider)
}

/** Follows redirects as a browser does, until it would be back at the app. */
async function browse(start: string): Promise<URL> {
  let address = start
  for (let step = 0; step < mostRedirects; step += 1) {
    const response = await fetch(address, { redirect: 'manual' })
    const location = response.headers.get('location')
    if (!location) throw new DemoError(`nothing leads on from ${new URL(address).pathname} (${response.status})`)
    if (location.startsWith(app)) return new URL(location)
    address = new URL(location, address).href
  }
  throw new DemoError('the browser was sent around in circles')
}
