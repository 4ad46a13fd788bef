import { Hono } from 'hono'
import { Webhook } from 'standardwebhooks'
import { SandboxError } from '../errors.ts'
import { type CreateProvider, textField } from './provider.ts'

/** A webhook as it came in. */
interface ReceivedWebhook {
  readonly hook: string
  readonly receivedAt: string
  /** The three headers of the scheme, and those that say who sent it. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Whether one of the hook's secrets signed it; null while it was told none. */
  readonly isVerified: boolean | null
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

const keptCount = 200
const keptHeaders = ['webhook-id', 'webhook-timestamp', 'webhook-signature', 'content-type', 'user-agent']

/** A customer's server: it takes webhooks at `/hooks/<any name>`, checks who signed them and lists them at `/received`. */
export const createWebhookReceiver: CreateProvider = () => {
  let received: ReceivedWebhook[] = []
  const secrets = new Map<string, string[]>()
  const answers = new Map<string, Answer>()

  const routes = new Hono()
  routes.post('/hooks/:hook', async (c) => {
    const hook = c.req.param('hook')
    const body = await c.req.text()
    const headers = Object.fromEntries(keptHeaders.map((name) => [name, c.req.header(name) ?? '']))
    const isVerified = secrets.get(hook)?.some((secret) => isSignedBy(secret, body, headers)) ?? null
    received = [{ hook, receivedAt: new Date().toISOString(), headers, body, isVerified }, ...received]
    received = received.slice(0, keptCount)
    const answer = answers.get(hook) ?? { status: isVerified === false ? 401 : 204, headers: {} }
    const text = answer.status === 204 ? null : `The receiver answers ${answer.status}`
    return new Response(text, { status: answer.status, headers: { ...answer.headers } })
  })
  routes.get('/received', (c) => {
    const hook = c.req.query('hook')
    return c.json({ received: received.filter((one) => hook === undefined || one.hook === hook) })
  })

  return {
    name: 'webhook-receiver',
    title: 'Webhook receiver',
    description: 'A customer’s server for outgoing webhooks: any name below /hooks will do, /received lists what came.',
    path: '/webhook-receiver',
    routes,
    actions: [
      {
        name: 'use-secret',
        title: 'Use a secret',
        description: 'Checks signatures of a hook with one more secret; what none of them signed is answered with 401.',
        fields: () => [textField('hook', 'Hook'), textField('secret', 'Secret (whsec_...)')],
        async run({ hook = '', secret = '' }) {
          if (!/^whsec_[\w+/=-]+$/.test(secret)) {
            throw new SandboxError(400, 'invalid_body', 'Cannot use secret: it does not start with "whsec_"')
          }
          secrets.set(hook, [...(secrets.get(hook) ?? []), secret])
          return `"${hook}" knows ${secrets.get(hook)?.length} secrets`
        },
      },
      {
        name: 'answer-with',
        title: 'Answer with',
        description: 'Answers all further webhooks of a hook like this; an empty status goes back to the usual answer.',
        fields: () => [
          textField('hook', 'Hook'),
          textField('status', 'Status', { value: '410', isRequired: false }),
          textField('location', 'Location, for a redirect', { isRequired: false }),
          textField('retryAfter', 'Retry-After, in seconds', { isRequired: false }),
        ],
        async run({ hook = '', status = '', location = '', retryAfter = '' }) {
          if (status === '') {
            answers.delete(hook)
            return `"${hook}" answers as usual`
          }
          if (!/^[2-5]\d\d$/.test(status)) {
            throw new SandboxError(400, 'invalid_body', 'Cannot set answer: the status is not between 200 and 599')
          }
          const headers = {
            ...(location ? { location } : {}),
            ...(retryAfter ? { 'retry-after': retryAfter } : {}),
          }
          answers.set(hook, { status: Number(status), headers })
          return `"${hook}" answers ${status}`
        },
      },
    ],
    fail: (status) => new Response(`The receiver fails with ${status}`, { status }),
    reset() {
      received = []
      secrets.clear()
      answers.clear()
    },
  }
}

function isSignedBy(secret: string, body: string, headers: Record<string, string>): boolean {
  try {
    new Webhook(secret).verify(body, headers, { jsonParse: false })
    return true
  } catch {
    return false
  }
}
