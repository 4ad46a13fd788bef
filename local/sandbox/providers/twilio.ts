import { randomBytes } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { SandboxError } from '../errors.ts'
import type { Sms } from '../sms/sms_schemas.ts'
import type { SmsStore } from '../sms/sms_store.ts'
import { type CreateProvider, type ProviderAction, type ProviderContext, selectField, textField } from './provider.ts'
import { readMessage, TwilioError } from './twilio_message.ts'
import { signTwilioForm } from './twilio_signature.ts'

const version = '2010-04-01'

/** Signs webhooks of accounts that have never called, since their own token cannot be known. */
export const fallbackAuthToken = 'atrium-sandbox'

/** Twilio's Messages API: it takes text messages, reports how far they got, and lets a phone answer. */
export const createTwilio =
  (store: SmsStore): CreateProvider =>
  (context) => {
    /** The tokens that accounts called with: Twilio signs its webhooks with the same. */
    const authTokens = new Map<string, string>()
    /** Numbers whose owners answered STOP. */
    const optedOut = new Set<string>()
    const tokenOf = (account: string) => authTokens.get(account) ?? fallbackAuthToken

    const routes = new Hono()
    routes.onError((error) => {
      if (error instanceof TwilioError) return error.toResponse()
      throw error
    })

    routes.post(`/${version}/Accounts/:account/:file{Messages\\.json}`, async (c) => {
      const account = authenticate(c, authTokens)
      const form = new URLSearchParams(await c.req.text())
      const message = readMessage(form)
      if (optedOut.has(message.to)) {
        throw new TwilioError(400, 21610, 'Attempt to send to unsubscribed recipient')
      }
      if (context.isRejected(message.to)) {
        throw new TwilioError(400, 21614, `'To' number is not a valid mobile number: ${message.to}`)
      }
      const sms = await store.add({
        ...message,
        provider: 'twilio',
        sid: `SM${randomBytes(16).toString('hex')}`,
        account,
        direction: 'outbound',
        status: message.service === null ? 'queued' : 'accepted',
        errorCode: null,
      })
      return c.json(toTwilio(sms), 201)
    })

    routes.get(`/${version}/Accounts/:account/Messages/:file{SM[0-9a-f]+\\.json}`, (c) => {
      authenticate(c, authTokens)
      const sms = store.bySid(c.req.param('file').replace('.json', ''))
      if (!sms) throw notFound(c)
      return c.json(toTwilio(sms))
    })

    routes.all('*', (c) => {
      throw notFound(c)
    })

    return {
      name: 'twilio',
      title: 'Twilio SMS',
      description:
        'Takes text messages. Any account and token will do; webhooks are signed with the token of the call.',
      path: '/twilio',
      routes,
      actions: [reportStatus(store, context, tokenOf), answerSms(store, context, tokenOf, optedOut)],
      fail: (status) =>
        new TwilioError(
          status,
          status === 429 ? 20429 : status === 401 ? 20003 : 20500,
          status === 429
            ? 'Too Many Requests'
            : status === 401
              ? 'Authenticate'
              : 'An internal server error has occurred',
        ).toResponse(),
      reset() {
        authTokens.clear()
        optedOut.clear()
      },
    }
  }

const reportable = ['delivered', 'sent', 'undelivered', 'failed', 'read']

/** Sends the status callback that a message asked for. */
function reportStatus(store: SmsStore, context: ProviderContext, tokenOf: (account: string) => string): ProviderAction {
  const waiting = () => store.list({}, { limit: 50 }).sms.filter((sms) => sms.statusCallback !== null)
  return {
    name: 'report-status',
    title: 'Report a status',
    description: 'Tells the address in StatusCallback how far a message got.',
    unavailable: () => (waiting().length > 0 ? null : 'No message with a StatusCallback has arrived yet.'),
    fields: () => [
      selectField(
        'sid',
        'Message',
        waiting().map((sms) => ({ value: sms.sid, label: `${sms.to}: ${sms.body.slice(0, 60)}` })),
      ),
      selectField(
        'status',
        'Status',
        reportable.map((status) => ({ value: status, label: status })),
      ),
      textField('errorCode', 'Error code, for undelivered and failed', { isRequired: false }),
    ],
    async run({ sid = '', status = '', errorCode = '' }) {
      const code = /^\d{5}$/.test(errorCode) ? Number(errorCode) : null
      const known = store.bySid(sid)
      if (!known?.statusCallback || !reportable.includes(status)) {
        throw new SandboxError(400, 'invalid_body', 'Cannot report status: no such message, or no such status', {
          hint: `"sid" names a message with a StatusCallback; "status" is one of ${reportable.join(', ')}`,
        })
      }
      const sms = await store.setStatus(sid, status, code)
      const form = new URLSearchParams({
        AccountSid: known.account,
        ApiVersion: version,
        From: known.from ?? '',
        MessageSid: sid,
        MessageStatus: status,
        SmsSid: sid,
        SmsStatus: status,
        To: known.to,
      })
      if (known.service) form.set('MessagingServiceSid', known.service)
      if (sms?.errorCode) form.set('ErrorCode', String(sms.errorCode))
      return sendForm(context, `message.${status}`, known.statusCallback, form, tokenOf(known.account))
    },
  }
}

/** Lets the owner of a phone write to one of our numbers. */
function answerSms(
  store: SmsStore,
  context: ProviderContext,
  tokenOf: (account: string) => string,
  optedOut: Set<string>,
): ProviderAction {
  return {
    name: 'inbound-message',
    title: 'Write from a phone',
    description: 'Delivers an incoming message to the webhook of the number. STOP opts out, START in again.',
    fields() {
      const last = store.list({}, { limit: 50 }).sms.find((sms) => sms.direction === 'outbound')
      return [
        textField('from', 'From (the phone)', { value: last?.to ?? '' }),
        textField('to', 'To (our number)', { value: last?.from ?? '' }),
        textField('body', 'Text', { kind: 'multiline', value: 'STOP' }),
        textField('url', 'Webhook of the number', { kind: 'url' }),
        textField('account', 'Account SID', { value: last?.account ?? 'ACsandbox' }),
      ]
    },
    async run({ from = '', to = '', body = '', url = '', account = '' }) {
      const word = body.trim().toUpperCase()
      const optOutType = /^(STOP|UNSUBSCRIBE|CANCEL|END|QUIT)$/.test(word) ? 'STOP' : word === 'START' ? 'START' : null
      if (optOutType === 'STOP') optedOut.add(from)
      if (optOutType === 'START') optedOut.delete(from)
      const sid = `SM${randomBytes(16).toString('hex')}`
      await store.add({
        ...{ provider: 'twilio', sid, account, direction: 'inbound', from, to, body },
        ...{ service: null, status: 'received', errorCode: null, statusCallback: null },
      })
      const form = new URLSearchParams({
        ...{ AccountSid: account, ApiVersion: version, Body: body, From: from, To: to },
        ...{ MessageSid: sid, SmsSid: sid, SmsMessageSid: sid, SmsStatus: 'received', NumMedia: '0', NumSegments: '1' },
      })
      if (optOutType) form.set('OptOutType', optOutType)
      return sendForm(context, 'message.received', url, form, tokenOf(account))
    },
  }
}

async function sendForm(
  context: ProviderContext,
  event: string,
  url: string,
  form: URLSearchParams,
  authToken: string,
): Promise<string> {
  // What follows "#" configures Twilio's retries and is no part of the address.
  const [target = url] = url.split('#')
  const webhook = await context.sendWebhook({
    event,
    url: target,
    contentType: 'application/x-www-form-urlencoded; charset=utf-8',
    body: form.toString(),
    headers: () => ({ 'x-twilio-signature': signTwilioForm(authToken, target, form), 'user-agent': 'TwilioProxy/1.1' }),
  })
  const last = webhook.attempts.at(-1)
  if (webhook.state === 'delivered') return `Webhook delivered: the endpoint answered ${last?.status}`
  return `Webhook not delivered: ${last?.error ?? `the endpoint answered ${last?.status}`}`
}

/** Twilio knows its callers by account and token, or by the name and secret of an API key. */
function authenticate(c: Context, authTokens: Map<string, string>): string {
  const account = c.req.param('account') ?? ''
  const credentials = /^basic\s+(.+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
  const [user = '', ...rest] = Buffer.from(credentials ?? '', 'base64')
    .toString()
    .split(':')
  const password = rest.join(':')
  if (!password || (user !== account && !user.startsWith('SK'))) throw new TwilioError(401, 20003, 'Authenticate')
  if (user === account) authTokens.set(account, password)
  return account
}

function notFound(c: Context): TwilioError {
  return new TwilioError(404, 20404, `The requested resource ${c.req.path.replace('/twilio', '')} was not found`)
}

/** A message as Twilio's API writes it. */
function toTwilio(sms: Sms): Record<string, unknown> {
  const date = new Date(sms.receivedAt).toUTCString().replace('GMT', '+0000')
  const uri = `/${version}/Accounts/${sms.account}/Messages/${sms.sid}`
  return {
    account_sid: sms.account,
    api_version: version,
    body: sms.body,
    date_created: date,
    date_sent: null,
    date_updated: date,
    direction: sms.direction === 'outbound' ? 'outbound-api' : 'inbound',
    error_code: sms.errorCode,
    error_message: null,
    from: sms.from,
    messaging_service_sid: sms.service,
    num_media: '0',
    num_segments: sms.service === null ? String(sms.segments) : '0',
    price: null,
    price_unit: 'USD',
    sid: sms.sid,
    status: sms.status,
    subresource_uris: { media: `${uri}/Media.json` },
    to: sms.to,
    uri: `${uri}.json`,
  }
}
