import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { hostedPagePolicy } from '../hosted_page.ts'
import { consentPage, formPostPage, formPostPolicy, refusalPage } from './consent_page.ts'
import type { Grant, Grants } from './grants.ts'
import { type People, type Person, personSchema } from './people.ts'

/** How one provider's authorization endpoint behaves. */
export interface AuthorizeOptions {
  readonly title: string
  /** Which fields a profile at this provider has. */
  readonly hasCompany: boolean
  readonly hasPosition: boolean
  /** Scopes for which the answer must be posted. */
  readonly formPostScopes?: readonly string[]
  readonly denied: { readonly error: string; readonly description: string }
  /** Parameter that names the person to begin with, beside `login_hint`. */
  readonly hintParameter?: string
  /** Fields beside `code` and `state`. */
  extraAnswer?(grant: Grant): Record<string, string>
}

const sentSchema = z.object({
  client_id: z.string().min(1).max(500),
  redirect_uri: z.url().max(4000),
  response_type: z.string().default('code'),
  response_mode: z.enum(['query', 'fragment', 'form_post']).optional(),
  scope: z.string().max(2000).default(''),
  state: z.string().max(4000).optional(),
  nonce: z.string().max(2000).optional(),
  code_challenge: z.string().max(200).optional(),
  code_challenge_method: z.enum(['S256', 'plain']).default('plain'),
})

/** `login_hint` that says no in auto mode. */
const denyHint = 'deny'

/** The authorization endpoint with its consent page. */
export function authorizeRoutes(grants: Grants, people: People, options: AuthorizeOptions): Hono {
  const routes = new Hono()

  routes.get('/', async (c) => {
    const sent = await read(c, options)
    if (sent instanceof Response) return sent
    const hint = c.req.query('login_hint') ?? c.req.query(options.hintParameter ?? 'login_hint') ?? null
    if (people.isAuto() && hint === denyHint) return deny(c, sent)
    const hinted = hint === null ? null : people.find(hint)
    if (people.isAuto() && hinted) return allow(c, sent, hinted)
    const edit = c.req.query('sandbox_person')
    const page = consentPage({
      ...options,
      clientId: sent.client_id,
      scopes: scopesOf(sent),
      url: new URL(c.req.url),
      people: people.list(),
      hint,
      edited: edit === undefined ? null : (people.find(edit) ?? 'new'),
      trouble: null,
    })
    return c.html(page, 200, { 'content-security-policy': hostedPagePolicy })
  })

  routes.post('/', async (c) => {
    const sent = await read(c, options)
    if (sent instanceof Response) return sent
    const form = new URLSearchParams(await c.req.text())
    if (form.get('decision') === 'deny') return deny(c, sent)
    const chosen = form.get('person')
    if (chosen !== null) {
      const person = people.find(chosen)
      if (person) return allow(c, sent, person)
    }
    const edited = readPerson(form)
    const parsed = personSchema.safeParse(edited)
    if (parsed.success) {
      people.keep(parsed.data)
      return allow(c, sent, parsed.data)
    }
    const page = consentPage({
      ...options,
      clientId: sent.client_id,
      scopes: scopesOf(sent),
      url: new URL(c.req.url),
      people: people.list(),
      hint: null,
      edited,
      trouble: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('. '),
    })
    return c.html(page, 422, { 'content-security-policy': hostedPagePolicy })
  })

  const allow = (c: Context, sent: Sent, person: Person) => {
    const grant: Grant = {
      clientId: sent.client_id,
      redirectUri: sent.redirect_uri,
      person,
      scopes: scopesOf(sent),
      nonce: sent.nonce ?? null,
      challenge: sent.code_challenge ? { value: sent.code_challenge, method: sent.code_challenge_method } : null,
    }
    return answer(c, sent, { code: grants.issueCode(grant), ...options.extraAnswer?.(grant) })
  }
  const deny = (c: Context, sent: Sent) => {
    const { error, description } = options.denied
    return answer(c, sent, { error, ...(description ? { error_description: description } : {}) })
  }
  return routes
}

type Sent = z.infer<typeof sentSchema>

/** Reads the request. What a client may be told goes back to it; what might be a trap for the person is shown here. */
async function read(c: Context, options: AuthorizeOptions): Promise<Sent | Response> {
  const parsed = sentSchema.safeParse(c.req.query())
  if (!parsed.success || !isRedirectable(parsed.data.redirect_uri)) {
    const issues = parsed.error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    const page = refusalPage(options.title, issues?.join('. ') ?? 'redirect_uri: not an address one can go back to')
    return c.html(page, 400, { 'content-security-policy': hostedPagePolicy })
  }
  const sent = parsed.data
  const needsPost = scopesOf(sent).some((scope) => options.formPostScopes?.includes(scope))
  if (needsPost && sent.response_mode !== 'form_post') {
    const error_description = 'response_mode must be form_post when name or email scope is requested.'
    return answer(c, sent, { error: 'invalid_request', error_description })
  }
  if (sent.response_type !== 'code') return answer(c, sent, { error: 'unsupported_response_type' })
  return sent
}

/** A browser must not be sent to a script or a file. */
function isRedirectable(text: string): boolean {
  const { protocol, hash } = new URL(text)
  return !/^(javascript|data|vbscript|file|blob|about):$/.test(protocol) && hash === ''
}

function answer(c: Context, sent: Sent, fields: Record<string, string>): Response | Promise<Response> {
  const all = { ...fields, ...(sent.state === undefined ? {} : { state: sent.state }) }
  if (sent.response_mode === 'form_post') {
    return c.html(formPostPage(sent.redirect_uri, all), 200, { 'content-security-policy': formPostPolicy })
  }
  const target = new URL(sent.redirect_uri)
  if (sent.response_mode === 'fragment') target.hash = new URLSearchParams(all).toString()
  else for (const [name, value] of Object.entries(all)) target.searchParams.set(name, value)
  // After a form was posted the browser is to come with GET.
  return c.redirect(target.href, c.req.method === 'POST' ? 303 : 302)
}

function scopesOf({ scope }: Sent): string[] {
  return scope.split(/[\s,+]+/).filter(Boolean)
}

function readPerson(form: URLSearchParams): Record<keyof Person, string | boolean | null> {
  const text = (name: string) => form.get(name)?.trim() || null
  return {
    sub: form.get('sub')?.trim() ?? '',
    name: form.get('name')?.trim() ?? '',
    email: form.has('shares_email') ? text('email') : null,
    emailVerified: form.has('email_verified'),
    picture: text('picture'),
    company: text('company'),
    position: text('position'),
  }
}
