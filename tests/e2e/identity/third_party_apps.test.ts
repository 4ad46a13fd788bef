import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { decodeJwt } from 'jose'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { sandboxClient } from '../../../local/sandbox/client.ts'
import { type AuthPerson, addAuthenticator, authPerson, signIn } from '../../support/auth_person.ts'
import { launchBrowser, noBrowserReason, skipNote } from '../../support/browser.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

const tokens = z.object({
  access_token: z.string(),
  refresh_token: z.string(),
  id_token: z.string().optional(),
  expires_in: z.number(),
})
type Tokens = z.infer<typeof tokens>

/** Somebody else's program: it sends people to Auth and waits for them at its own address. */
interface PartnerApp {
  readonly clientId: string
  readonly callback: string
  /** Where it sends the browser, and what it keeps until that comes back. */
  begin(): { url: string; state: string; verifier: string }
  exchange(code: string, verifier: string): Promise<Response>
  refresh(token: string): Promise<Response>
}

describe.skipIf(noBrowserReason)(`a third-party app, through the whole stack${skipNote}`, { timeout: 120_000 }, () => {
  let stack: TestStack
  let browser: Browser
  let site: Server
  let app: PartnerApp
  let person: AuthPerson
  const troubles: string[] = []

  const target = () => ({
    apiUrl: stack.apiUrl,
    publishableKey: stack.secrets.keys.publishableKey,
    adminClient: () => stack.adminClient(),
  })

  beforeAll(async () => {
    stack = await testStack()
    browser = await launchBrowser()
    site = createServer((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<link rel="icon" href="data:,">Welcome back'),
    )
    site.listen(0, '127.0.0.1')
    await once(site, 'listening')
    const address = site.address()
    const port = typeof address === 'object' && address ? address.port : 0
    app = await registered(`http://127.0.0.1:${port}/callback`)
    person = await authPerson(target())
  }, 60_000)
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
    expect(troubles.splice(0)).toEqual([])
  })
  afterAll(async () => {
    await browser?.close()
    site?.close()
    await stack[Symbol.asyncDispose]()
  })

  async function registered(callback: string): Promise<PartnerApp> {
    const { data, error } = await stack.adminClient().auth.admin.oauth.createClient({
      client_name: 'Ledgerly <b>',
      redirect_uris: [callback],
      token_endpoint_auth_method: 'client_secret_basic',
    })
    if (error) throw error
    const admin = await signIn(target(), await authPerson(target(), { isPlatformAdmin: true }))
    await addAuthenticator(admin)
    const permissions = ['organization.read', 'organization.update', 'members.read']
    const made = await admin.rpc('admin_register_app', { client_id: data.client_id, permissions })
    if (made.error) throw made.error
    const ask = (body: Record<string, string>) =>
      fetch(`${stack.apiUrl}/auth/v1/oauth/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${data.client_id}:${data.client_secret}`)}` },
        body: new URLSearchParams(body),
      })
    return {
      clientId: data.client_id,
      callback,
      begin() {
        const [state, verifier] = [randomBytes(16).toString('hex'), randomBytes(32).toString('base64url')]
        const query = new URLSearchParams({
          client_id: data.client_id,
          redirect_uri: callback,
          response_type: 'code',
          scope: 'openid email',
          state,
          code_challenge: createHash('sha256').update(verifier).digest('base64url'),
          code_challenge_method: 'S256',
        })
        return { url: `${stack.apiUrl}/auth/v1/oauth/authorize?${query}`, state, verifier }
      },
      exchange: (code, verifier) => ask({ grant_type: 'authorization_code', code, code_verifier: verifier }),
      refresh: (token) => ask({ grant_type: 'refresh_token', refresh_token: token }),
    }
  }

  /** Opens where the app sends people and signs in. */
  async function arrived(url: string): Promise<Page> {
    const page = await (await browser.newContext()).newPage()
    page.on('pageerror', (error) => troubles.push(error.message))
    page.on('console', (message) => {
      // Chromium calls every refusal an error; what the page makes of it is what the test looks at.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        troubles.push(message.text())
    })
    await page.goto(url)
    await page.getByLabel('E-mail address').fill(person.email)
    await page.getByLabel('Password').fill(person.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    return page
  }

  /** What came back to the app. */
  async function returned(page: Page): Promise<URLSearchParams> {
    await page.waitForURL(`${app.callback}?**`)
    return new URL(page.url()).searchParams
  }

  const organizationOf = async (owner: Awaited<ReturnType<typeof signIn>>, name: string): Promise<string> => {
    const { data, error } = await owner.rpc('create_organization', { name })
    if (error) throw error
    return data.id
  }
  const call = (path: string, token: string, init: RequestInit & { json?: unknown } = {}) =>
    fetch(`${stack.apiUrl}${path}`, {
      ...init,
      headers: {
        apikey: stack.secrets.keys.publishableKey,
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
      },
      ...(init.json === undefined ? {} : { body: JSON.stringify(init.json) }),
    })
  const names = async (token: string) => {
    const response = await call(`/rest/v1/organizations?select=name&order=name`, token)
    return z.array(z.object({ name: z.string() })).parse(await response.json())
  }
  const issued = async (response: Response): Promise<Tokens> => {
    expect(response.status).toBe(200)
    return tokens.parse(await response.json())
  }

  it('[IDN-26] is let in by a person on a page, reads what they chose, renews its token, and is dead when they say so', async () => {
    const own = await signIn(target(), person)
    const [chosen, other] = [await organizationOf(own, 'Chosen'), await organizationOf(own, 'Other')]
    const begun = app.begin()
    const page = await arrived(begun.url)
    await page.getByRole('heading', { name: 'Ledgerly <b> wants to use your account' }).waitFor()
    await page.getByText(`Afterwards you go to ${new URL(app.callback).host}.`).waitFor()
    // What changes something is the person's to choose.
    expect(await page.getByLabel('See the organization').isChecked()).toBe(true)
    expect(await page.getByLabel(/^Change name, branding/).isChecked()).toBe(false)
    await page.getByLabel('Chosen').check()
    await page.getByRole('button', { name: 'Allow' }).click()
    const back = await returned(page)
    expect(back.get('state')).toBe(begun.state)

    const first = await issued(await app.exchange(back.get('code') ?? '', begun.verifier))
    expect(decodeJwt(first.id_token ?? '')).toMatchObject({ sub: person.id, aud: app.clientId, email: person.email })
    expect(decodeJwt(first.access_token)).toMatchObject({
      client_id: app.clientId,
      scope: 'openid email members.read organization.read',
      app_metadata: {},
    })
    expect(await names(first.access_token)).toEqual([{ name: 'Chosen' }])
    const people = await call(`/rest/v1/memberships?select=organization_id`, first.access_token)
    expect(await people.json()).toEqual([{ organization_id: chosen }])
    const renamed = await call(`/rest/v1/organizations?id=eq.${chosen}`, first.access_token, {
      method: 'PATCH',
      json: { name: 'Taken' },
    })
    expect(renamed.status).toBe(204)
    const listed = await call('/functions/v1/api/v1/organizations', first.access_token)
    const face = JSON.stringify(await listed.json())
    expect([listed.status, face.includes(chosen), face.includes(other)]).toEqual([200, true, false])
    expect((await own.from('organizations').select('name').eq('id', chosen)).data).toEqual([{ name: 'Chosen' }])

    const second = await issued(await app.refresh(first.refresh_token))
    expect(await names(second.access_token)).toEqual([{ name: 'Chosen' }])
    // A code that leaked is of no use to whoever finds it.
    expect((await app.exchange(back.get('code') ?? '', begun.verifier)).status).toBe(400)

    const { data: apps } = await own.rpc('list_my_apps')
    expect(apps).toMatchObject([{ client_id: app.clientId, organization_ids: [chosen] }])
    expect((await own.rpc('disconnect_app', { client_id: app.clientId })).error).toBeNull()
    expect(await names(second.access_token)).toEqual([])
    expect((await app.refresh(second.refresh_token)).status).toBe(400)
    expect((await own.from('profiles').select('id').eq('id', person.id)).data).toHaveLength(1)
  })

  it('[IDN-26] has no way from its token to the account: not at Auth, not through functions, not through RPCs', async () => {
    const begun = app.begin()
    const page = await arrived(begun.url)
    await page.getByLabel('Chosen').check()
    await page.getByRole('button', { name: 'Allow' }).click()
    const { access_token: token } = await issued(
      await app.exchange((await returned(page)).get('code') ?? '', begun.verifier),
    )
    const password = 'Another-horse-2'
    const tried: [string, RequestInit & { json?: unknown }][] = [
      ['/auth/v1/user', {}],
      ['/auth/v1/user', { method: 'PUT', json: { password } }],
      ['/auth/v1/user', { method: 'PUT', json: { email: 'thief@example.com' } }],
      ['/auth/v1/reauthenticate', {}],
      ['/auth/v1/factors', { method: 'POST', json: { factor_type: 'totp', friendly_name: 'mine' } }],
      ['/auth/v1/user/identities/authorize?provider=google', {}],
      ['/auth/v1/logout?scope=global', { method: 'POST' }],
      ['/auth/v1/user/oauth/grants', {}],
      [`/auth/v1/user/oauth/grants?client_id=${app.clientId}`, { method: 'DELETE' }],
      ['/auth/v1/admin/users', {}],
      [
        '/functions/v1/api/v1/auth/change-password',
        { method: 'POST', json: { current_password: person.password, new_password: password } },
      ],
      ['/functions/v1/identity/recovery', { method: 'POST', json: { code: 'k3x9-0qvn-7tfm' } }],
      ['/rest/v1/rpc/end_other_sessions', { method: 'POST', json: {} }],
      ['/rest/v1/rpc/generate_recovery_codes', { method: 'POST', json: {} }],
      ['/rest/v1/rpc/request_my_data_export', { method: 'POST', json: {} }],
      ['/rest/v1/rpc/create_organization', { method: 'POST', json: { name: 'Mine' } }],
      ['/rest/v1/rpc/admin_list_people', { method: 'POST', json: {} }],
      ['/rest/v1/rpc/admin_list_apps', { method: 'POST', json: {} }],
    ]
    expect(await names(token)).toEqual([{ name: 'Chosen' }])
    const answers = await Promise.all(
      tried.map(async ([path, init]) => {
        const { status } = await call(path, token, { redirect: 'manual', ...init })
        return `${init.method ?? 'GET'} ${path}: ${status}`
      }),
    )
    expect(answers.filter((answer) => !answer.endsWith(': 403'))).toEqual([])
    // An app does not say yes to a further one in the person's name.
    const next = await fetch(app.begin().url, { redirect: 'manual' })
    const id = new URL(next.headers.get('location') ?? '').searchParams.get('authorization_id')
    expect((await call(`/auth/v1/oauth/authorizations/${id}`, token)).status).toBe(403)
    // The password is what it was, and so is the session of the person's own.
    await signIn(target(), person)
  })

  it('[IDN-26] changes something only after the person entered a code, and hears of a no', async () => {
    const begun = app.begin()
    const page = await arrived(begun.url)
    // Connected before: Auth asks again for scopes alone, and the page is not shown.
    await returned(page)
    const own = await signIn(target(), person)
    await own.rpc('disconnect_app', { client_id: app.clientId })

    const refused = await arrived(app.begin().url)
    await refused.getByRole('button', { name: 'Deny' }).click()
    expect((await returned(refused)).get('error')).toBe('access_denied')

    const again = app.begin()
    const asked = await arrived(again.url)
    await asked.getByLabel(/^Change name, branding/).check()
    await asked.getByLabel('Chosen').check()
    await asked.getByRole('button', { name: 'Allow' }).click()
    await asked.getByText(`Enter the code that was sent to ${person.email}.`).waitFor()
    const mail = await sandboxClient(stack.sandboxUrl).waitForMail({
      to: person.email,
      timeoutMs: 40_000,
    })
    await asked.getByLabel('Code').fill(/\b\d{6}\b/.exec(mail.text ?? '')?.[0] ?? '')
    await asked.getByRole('button', { name: 'Go on' }).click()
    const { access_token: token } = await issued(
      await app.exchange((await returned(asked)).get('code') ?? '', again.verifier),
    )
    const { id } = z
      .object({ id: z.string() })
      .parse((await own.from('organizations').select('id').eq('name', 'Chosen').single()).data)
    await call(`/rest/v1/organizations?id=eq.${id}`, token, { method: 'PATCH', json: { name: 'Renamed' } })
    expect((await own.from('organizations').select('name').eq('id', id)).data).toEqual([{ name: 'Renamed' }])
  })
})
