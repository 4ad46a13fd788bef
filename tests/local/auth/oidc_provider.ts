import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

/** Claims of the account that signs in next. */
export type Account = Record<string, unknown> & { sub: string }

/** A provider of a test, which knows one account at a time and several names: OpenID Connect, and GitHub's own API. */
export interface TestProvider {
  /** Base of one provider, for `url` of config.toml. */
  urlOf(name: string): string
  /** Says yes on the consent page: what the browser would be sent back with. */
  consent(authorizationUrl: string, account: Account): URL
  /** Signs an ID token, as an app gets it without a browser. */
  idToken(name: string, claims: JWTPayload): Promise<string>
  /** Makes the next token requests fail in this way. */
  failWith(...answers: { status: number; headers?: Record<string, string>; body?: unknown }[]): void
  /** Says that the next ID tokens are somebody else's. */
  signWithForeignKey(isForeign: boolean): void
  readonly tokenRequests: URLSearchParams[]
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts the provider. */
export async function startTestProvider(): Promise<TestProvider> {
  const keys = await generateKeyPair('RS256')
  const foreign = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'test', alg: 'RS256', use: 'sig' }
  const codes = new Map<string, { account: Account; name: string }>()
  const failures: { status: number; headers?: Record<string, string>; body?: unknown }[] = []
  const tokenRequests: URLSearchParams[] = []
  let isForeign = false
  const sign = (name: string, claims: JWTPayload) =>
    new SignJWT({ iss: `${base}/${name}`, aud: `${name}-client`, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'test' })
      .setIssuedAt()
      .setExpirationTime(claims.exp ?? '5m')
      .sign(isForeign ? foreign.privateKey : keys.privateKey)

  const issueToken = async (name: string, form: URLSearchParams) => {
    tokenRequests.push(form)
    const failure = failures.shift()
    if (failure) return failure
    const grant = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const isClient = form.get('client_id') === `${name}-client` && form.get('client_secret') === `${name}-secret`
    if (grant?.name !== name || !isClient) return { status: 400, body: { error: 'invalid_grant' } }
    const { account } = grant
    const accessToken = Buffer.from(JSON.stringify(account)).toString('base64url')
    if (name === 'github') return { status: 200, body: { access_token: accessToken, token_type: 'bearer' } }
    const hash = createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url')
    const { isUserinfoOnly, ...claims } = account
    const { email: _email, email_verified: _verified, ...withoutEmail } = claims
    const idToken = await sign(name, { ...(isUserinfoOnly ? withoutEmail : claims), at_hash: hash })
    return {
      status: 200,
      body: { access_token: accessToken, refresh_token: `${name}-refresh`, id_token: idToken, token_type: 'Bearer' },
    }
  }
  const describe = (name: string) => ({
    issuer: `${base}/${name}`,
    authorization_endpoint: `${base}/${name}/authorize`,
    token_endpoint: `${base}/${name}/token`,
    userinfo_endpoint: `${base}/${name}/userinfo`,
    jwks_uri: `${base}/${name}/jwks`,
  })
  const answer = async (request: IncomingMessage): Promise<{ status: number; headers?: object; body?: unknown }> => {
    const [, name = '', ...rest] = (request.url ?? '').split('?')[0]?.split('/') ?? []
    const bearer = (request.headers.authorization ?? '').replace('Bearer ', '')
    const account = () => JSON.parse(Buffer.from(bearer, 'base64url').toString('utf8'))
    switch (rest.join('/')) {
      case '.well-known/openid-configuration':
        return { status: 200, body: describe(name) }
      case 'jwks':
        return { status: 200, body: { keys: [jwk] } }
      case 'token':
      case 'login/oauth/access_token':
        return issueToken(name, new URLSearchParams(await readBody(request)))
      case 'userinfo':
        return { status: 200, body: account() }
      case 'api/v3/user': {
        const { sub, emails: _emails, ...user } = account()
        return { status: 200, body: { id: Number(sub), ...user } }
      }
      case 'api/v3/user/emails':
        return { status: 200, body: account().emails }
      default:
        return { status: 404 }
    }
  }
  const server = createServer((request, response) => {
    answer(request).then(({ status, headers, body }) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(body === undefined ? '' : JSON.stringify(body))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    urlOf: (name) => `${base}/${name}`,
    consent(authorizationUrl, account) {
      const { pathname, searchParams: query } = new URL(authorizationUrl)
      const code = randomUUID()
      codes.set(code, { account, name: pathname.split('/')[1] ?? '' })
      const back = new URL(query.get('redirect_uri') ?? '')
      back.searchParams.set('code', code)
      back.searchParams.set('state', query.get('state') ?? '')
      return back
    },
    idToken: sign,
    failWith: (...answers) => void failures.push(...answers),
    signWithForeignKey: (value) => {
      isForeign = value
    },
    tokenRequests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** Providers of config.toml that point at the test's provider. */
export function externalConfig(provider: TestProvider, changes: Record<string, object> = {}) {
  const names = ['linkedin_oidc', 'google', 'github', 'apple']
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        enabled: true,
        client_id: `${name}-client`,
        secret: `${name}-secret`,
        url: provider.urlOf(name),
        ...changes[name],
      },
    ]),
  )
}
