import { createHmac } from 'node:crypto'
import { generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

const secret = 'ada-and-nobody-else'
/** What each face lets the bearer of a token do. */
interface Opened {
  readonly rest: boolean
  readonly auth: boolean
  readonly storage: boolean
  readonly realtime: boolean
  readonly api: boolean
}
const everything: Opened = { rest: true, auth: true, storage: true, realtime: true, api: true }
const nothing: Opened = { rest: false, auth: false, storage: false, realtime: false, api: false }

describe('an attacker with a token', { timeout: 120_000 }, () => {
  let stack: TestStack
  let ada: ApiPerson
  let [organizationId, topic, sessionId] = ['', '', '']

  const get = (path: string, headers: Record<string, string>) => fetch(stack.apiUrl + path, { headers })
  const withToken = (token: string) => ({
    apikey: stack.secrets.keys.publishableKey,
    authorization: `Bearer ${token}`,
  })
  async function joins(token: string): Promise<boolean> {
    const client = stack.client()
    await client.realtime.setAuth(token)
    const joined = await new Promise<boolean>((resolve) => {
      client.channel(topic, { config: { private: true } }).subscribe((status) => {
        if (status === 'SUBSCRIBED') resolve(true)
        else if (status === 'CHANNEL_ERROR' || status === 'TIMED_OUT') resolve(false)
      })
    })
    await client.removeAllChannels()
    return joined
  }
  /** Asks every face for what is Ada's. */
  async function openedBy(token: string): Promise<Opened> {
    const headers = withToken(token)
    const place = `exports/${ada.id}/mine.txt`
    const [rest, auth, storage, api] = await Promise.all([
      get(`/rest/v1/organizations?select=id&id=eq.${organizationId}`, headers),
      get('/auth/v1/user', headers),
      get(`/storage/v1/object/authenticated/${place}`, headers),
      get('/functions/v1/api/v1/organizations', headers),
    ])
    const [rows, file, list] = [await rest.text(), await storage.text(), await api.text()]
    for (const answer of [rest, auth, storage, api]) expect(answer.status, `${answer.url} ${file}`).toBeLessThan(500)
    return {
      rest: rows.includes(organizationId),
      auth: auth.ok,
      storage: file.includes(secret),
      realtime: await joins(token),
      api: list.includes(organizationId),
    }
  }
  const now = () => Math.floor(Date.now() / 1000)
  const claims = (more: JWTPayload = {}): JWTPayload => ({
    sub: ada.id,
    role: 'authenticated',
    aud: 'authenticated',
    iss: `${stack.apiUrl}/auth/v1`,
    session_id: sessionId,
    iat: now() - 60,
    exp: now() + 3600,
    ...more,
  })
  const sign = (more: JWTPayload) => stack.services.tokens.sign(claims(more))

  beforeAll(async () => {
    stack = await testStack()
    ada = await signedInPerson(stack, { isVerified: true })
    const made = await ada.client.rpc('create_organization', { name: 'Lovelace Works' })
    organizationId = made.data?.id ?? ''
    topic = `organization:${organizationId}:${made.data?.topic_epoch}`
    const put = await stack.adminClient().storage.from('exports').upload(`${ada.id}/mine.txt`, secret)
    expect(put.error).toBeNull()
    const payload = z.object({ session_id: z.uuid() })
    sessionId = payload.parse(JSON.parse(atob(ada.token.split('.')[1] ?? ''))).session_id
  }, 60_000)
  afterAll(() => stack[Symbol.asyncDispose]())

  it('[TST-19] forges it, or brings it too late or too early, and no face opens', async () => {
    expect(await openedBy(ada.token)).toEqual(everything)
    expect(await openedBy(await sign({}))).toEqual(everything)
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const { signingKey } = stack.secrets.keys
    const { d: _private, ...publicKey } = signingKey
    const foreign = await generateKeyPair('ES256')
    const bySomebody = (kid: string) =>
      new SignJWT(claims()).setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid }).sign(foreign.privateKey)
    const confused = `${part({ alg: 'HS256', typ: 'JWT', kid: signingKey.kid })}.${part(claims())}`
    const [, , signature = ''] = ada.token.split('.')
    const forged = {
      'algorithm none': `${part({ alg: 'none', typ: 'JWT' })}.${part(claims())}.`,
      'algorithm none with a signature': `${part({ alg: 'None', typ: 'JWT' })}.${part(claims())}.${signature}`,
      'public key as secret': `${confused}.${createHmac('sha256', JSON.stringify(publicKey)).update(confused).digest('base64url')}`,
      'another key': await bySomebody('other'),
      'another key by our name': await bySomebody(String(signingKey.kid)),
      expired: await sign({ exp: now() - 60 }),
      'not valid yet': await sign({ nbf: now() + 3600 }),
    }
    for (const [kind, token] of Object.entries(forged)) expect(await openedBy(token), kind).toEqual(nothing)
  })

  it('[TST-19] has one that is signed, of nobody, of another session or of no person, and no face opens', async () => {
    const { sub: _sub, ...subjectless } = claims()
    const { role: _role, ...roleless } = claims()
    const useless = {
      'without a subject': await stack.services.tokens.sign(subjectless),
      'with the subject of nobody': await sign({ sub: crypto.randomUUID() }),
      'with the session of nobody': await sign({ session_id: crypto.randomUUID() }),
      'for apps, as an impersonation of nothing': await sign({ impersonated_session_id: crypto.randomUUID() }),
      'for a visitor': await sign({ role: 'anon' }),
      'for a role of the database': await sign({ role: 'postgres' }),
    }
    for (const [kind, token] of Object.entries(useless)) {
      // Auth asks for person and session alone.
      const knows = { ...nothing, auth: /impersonation|visitor|role/.test(kind) }
      expect(await openedBy(token), kind).toEqual(knows)
    }
    expect({ ...(await openedBy(await stack.services.tokens.sign(roleless))), auth: null }).toEqual({
      ...nothing,
      auth: null,
    })
  })

  it('[TST-19] has one that our key signed for somebody else: Auth asks for whom, and nobody by whom', async () => {
    // As on hosted Supabase, see docs/security.md: the key is the project's alone, and signs for no other audience.
    expect(await openedBy(await sign({ aud: 'elsewhere' }))).toEqual({ ...everything, auth: false })
    expect(await openedBy(await sign({ iss: 'https://elsewhere.example/auth/v1' }))).toEqual(everything)
    // The ID token that Auth's OAuth server gives an app has an audience, and no role and no session.
    const { session_id: _session, role: _role, ...identity } = claims({ aud: crypto.randomUUID() })
    expect(await openedBy(await stack.services.tokens.sign(identity))).toEqual(nothing)
  })

  it('[TST-19] [A1-13] brings an API key to files and channels instead, which know none', async () => {
    const account = await ada.client.rpc('create_service_account', {
      organization_id: organizationId,
      name: 'Importer',
    })
    const key = await ada.client
      .rpc('create_api_key', {
        service_account_id: account.data?.id ?? '',
        name: 'Nightly',
        scopes: ['organization.read', 'files.read'],
      })
      .single()
    expect(key.error).toBeNull()
    const text = key.data?.secret ?? ''
    expect(await openedBy(text)).toEqual({ ...nothing, api: true })
    const publishable = stack.secrets.keys.publishableKey
    const ways: readonly Record<string, string>[] = [
      { apikey: text },
      { apikey: publishable, 'x-api-key': text },
      { apikey: text, authorization: `Bearer ${text}` },
      { apikey: publishable, authorization: `Bearer ${text}`, 'x-api-key': text },
    ]
    for (const path of [
      `object/authenticated/exports/${ada.id}/mine.txt`,
      `object/info/exports/${ada.id}/mine.txt`,
      `object/sign/exports/${ada.id}/mine.txt?token=${text}`,
      'bucket',
    ]) {
      for (const headers of ways) {
        const answer = await get(`/storage/v1/${path}`, headers)
        const said = await answer.text()
        expect(said, path).not.toContain(secret)
        if (path !== 'bucket') expect([400, 401, 403, 404], `${path}: ${said}`).toContain(answer.status)
      }
    }
    const address = `${stack.apiUrl.replace('http', 'ws')}/realtime/v1/websocket?vsn=1.0.0&apikey=`
    const opens = (url: string, headers: Record<string, string>) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(url, { headers })
        socket.once('open', () => {
          socket.close()
          resolve('open')
        })
        socket.once('error', ({ message }) => resolve(message))
      })
    expect(await opens(address + publishable, {})).toBe('open')
    expect(await opens(address + text, {})).toMatch(/401/)
    expect(await opens(address + text, { authorization: `Bearer ${text}`, 'x-api-key': text })).toMatch(/401/)
    const sent = await fetch(`${stack.apiUrl}/realtime/v1/api/broadcast`, {
      method: 'POST',
      headers: { ...withToken(text), apikey: text, 'x-api-key': text, 'content-type': 'application/json' },
      body: JSON.stringify({ messages: [{ topic, event: 'x', payload: {}, private: true }] }),
    })
    expect([401, 403]).toContain(sent.status)
  })
})
