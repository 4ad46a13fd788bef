import type { Provider } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type TestStack, testStack } from '../../support/stack.ts'

const smsList = z.object({ sms: z.array(z.looseObject({ to: z.string(), codes: z.array(z.string()) })) })

describe('our config.toml with the sandbox', () => {
  let stack: TestStack
  beforeAll(async () => {
    stack = await testStack()
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  const put = (person: object) =>
    fetch(`${stack.sandboxUrl}/api/identity/people`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ people: [person], auto: true }),
    })

  /** Follows redirects by hand, and a form that posts itself, until the browser would be back at the app. */
  const browse = async (start: string): Promise<URL> => {
    let response = await fetch(start, { redirect: 'manual' })
    for (let step = 0; step < 6; step += 1) {
      const location = response.headers.get('location')
      if (location?.startsWith('http://127.0.0.1:3000')) return new URL(location)
      if (location) {
        response = await fetch(location, { redirect: 'manual' })
        continue
      }
      const html = await response.text()
      const action = /action="([^"]+)"/.exec(html)?.[1]
      if (response.status !== 200 || !action) throw new Error(`${response.status} ${html.slice(0, 500)}`)
      const fields = [...html.matchAll(/name="([^"]+)" value="([^"]*)"/g)]
      const body = new URLSearchParams()
      for (const [, field = '', value = ''] of fields) {
        body.set(field, value.replaceAll('&quot;', '"').replaceAll('&amp;', '&'))
      }
      response = await fetch(action.replaceAll('&amp;', '&'), { method: 'POST', body, redirect: 'manual' })
    }
    throw new Error('The browser never came back')
  }

  it.each([
    ['[IDN-17] [IDN-18] [IDN-19] [TST-07] LinkedIn', 'linkedin_oidc'],
    ['[IDN-23] [TST-07] Google', 'google'],
    ['[IDN-24] [TST-07] GitHub', 'github'],
    ['[IDN-25] [TST-07] Apple', 'apple'],
  ])('%s: signs in from the button to the session', async (_title, name) => {
    const email = `${name.replace('_', '-')}@example.test`
    await put({ sub: `${name}-person`, name: 'Ana Okafor', email, emailVerified: true })
    const { data } = await stack.client().auth.signInWithOAuth({
      provider: name as Provider,
      options: {
        skipBrowserRedirect: true,
        redirectTo: 'http://127.0.0.1:3000/in',
        queryParams: { login_hint: `${name}-person` },
      },
    })
    const target = await browse(data.url ?? '')
    const fragment = new URLSearchParams(target.hash.slice(1))
    expect(fragment.get('error_description')).toBeNull()
    const user = await stack.client().auth.getUser(fragment.get('access_token') ?? '')
    expect(user.data.user).toMatchObject({ email, app_metadata: { provider: name, providers: [name] } })
  })

  it('[IDN-28] sends the code of a phone factor to the sandbox, in the words of Twilio', async () => {
    const phone = '46701740699'
    const client = stack.client()
    expect((await client.auth.signInWithOtp({ phone })).error).toBeNull()
    const codes = async () => {
      const list = smsList.parse(await (await fetch(`${stack.sandboxUrl}/api/sms`)).json())
      return list.sms.filter(({ to }) => to === `+${phone}`).flatMap((sms) => sms.codes)
    }
    const [token = ''] = await codes()
    expect((await client.auth.verifyOtp({ phone, token, type: 'sms' })).error).toBeNull()
    const enrolled = await client.auth.mfa.enroll({ factorType: 'phone', phone: `+${phone}` })
    const factorId = enrolled.data?.id ?? ''
    const challenge = await client.auth.mfa.challenge({ factorId })
    const [code = ''] = await codes()
    const verified = await client.auth.mfa.verify({ factorId, challengeId: challenge.data?.id ?? '', code })
    expect(verified.error).toBeNull()
    expect((await client.auth.mfa.getAuthenticatorAssuranceLevel()).data?.currentLevel).toBe('aal2')
  })
})
