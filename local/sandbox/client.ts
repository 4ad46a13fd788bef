import { z } from 'zod'
import { type PeopleInput, type Person, peopleAnswerSchema } from './identity/people.ts'
import {
  type Dials,
  type DialsInput,
  dialsSchema,
  type ProviderCall,
  providerCallSchema,
  type Webhook,
  webhookSchema,
} from './providers/provider_schemas.ts'
import { type NewRecording, type Recording, recordingSchema } from './recordings/recording_schemas.ts'
import { errorBodySchema, type Mail, type MailPage, type MailSummary, mailPageSchema, mailSchema } from './schemas.ts'
import { type Sms, type SmsPage, smsPageSchema, smsSchema } from './sms/sms_schemas.ts'

export type { Dials, Mail, MailPage, MailSummary, Person, ProviderCall, Recording, Sms, SmsPage, Webhook }

/** An answer of the sandbox that is not a success. */
export class SandboxClientError extends Error {
  readonly status: number
  /** `mail_not_received` when a wait was in vain, `mail_not_found`, `invalid_query`, ... */
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.name = 'SandboxClientError'
    this.status = status
    this.code = code
  }
}

/** What tests and the demo ask of a running sandbox. */
export interface SandboxClient {
  /**
   * Waits for a mail and answers the newest that matches.
   *
   * @param options.to address of a recipient, without regard to case
   * @param options.subject part of the subject, without regard to case
   * @param options.after only mails later than this one (id), or received at this time or later (Date)
   * @param options.timeoutMs 30 seconds when left out
   * @throws {SandboxClientError} `mail_not_received`
   */
  waitForMail(options: { to: string; subject?: string; after?: string | Date; timeoutMs?: number }): Promise<Mail>
  /** One page of mails, newest first; `cursor` is `next` of the page before. */
  listMails(options?: { to?: string; subject?: string; limit?: number; cursor?: string }): Promise<MailPage>
  /** @throws {SandboxClientError} `mail_not_found` */
  getMail(id: string): Promise<Mail>
  /** Deletes all mails. */
  clear(): Promise<void>
  /**
   * Waits for a text message and answers the newest that matches.
   *
   * @param options.to number of the recipient; plus, spaces and dashes do not count
   * @param options.search part of the text, without regard to case
   * @param options.after only messages later than this one (id), or received at this time or later (Date)
   * @param options.timeoutMs 30 seconds when left out
   * @throws {SandboxClientError} `sms_not_received`
   */
  waitForSms(options: { to: string; search?: string; after?: string | Date; timeoutMs?: number }): Promise<Sms>
  /** One page of text messages, newest first; `cursor` is `next` of the page before. */
  listSms(options?: { to?: string; search?: string; limit?: number; cursor?: string }): Promise<SmsPage>
  /** Deletes all text messages. */
  clearSms(): Promise<void>
  /** Sets who can sign in at the identity providers, and whether `login_hint` answers without the page. */
  setPeople(input: PeopleInput): Promise<{ people: Person[]; auto: boolean }>
  /** Sets all dials of a provider; what is left out goes back to its default. */
  setDials(provider: string, dials: DialsInput): Promise<Dials>
  /** The calls that a provider received, newest first. */
  listCalls(provider: string): Promise<ProviderCall[]>
  /** Presses a button of a provider and answers what it said. */
  runAction(provider: string, action: string, values?: Record<string, string>): Promise<string>
  /** The webhooks that a provider sent, newest first. */
  listWebhooks(provider: string): Promise<Webhook[]>
  /** Dials, calls, webhooks and state of a provider as at the start. */
  resetProvider(provider: string): Promise<void>
  /** Reports a request that a function answered, where the functions are not those of this stack. */
  record(recording: NewRecording): Promise<Recording>
  /** The requests that functions answered, newest first. */
  listRecordings(): Promise<Recording[]>
}

/** Longest single wait: proxies and fetch itself end a silent request that takes too long. */
const longestWaitMs = 20_000

const callsSchema = z.object({ calls: z.array(providerCallSchema) })
const webhooksSchema = z.object({ webhooks: z.array(webhookSchema) })
const recordingsSchema = z.object({ recordings: z.array(recordingSchema) })
const messageSchema = z.object({ message: z.string() })

/** @param url where the sandbox is, `http://127.0.0.1:54324` for instance */
export function sandboxClient(url: string): SandboxClient {
  const request = async (path: string, query: Query = {}, init: RequestInit = {}): Promise<Response> => {
    const target = new URL(path, url)
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) target.searchParams.set(name, String(value))
    }
    const response = await fetch(target, init)
    if (response.ok) return response
    const body = errorBodySchema.safeParse(await response.json().catch(() => null))
    throw body.success
      ? new SandboxClientError(response.status, body.data.code, body.data.message)
      : new SandboxClientError(response.status, 'unknown', `The sandbox answered ${response.status}`)
  }
  const read = async <T>(schema: z.ZodType<T>, path: string, query?: Query): Promise<T> =>
    schema.parse(await (await request(path, query)).json())
  const send = async <T>(schema: z.ZodType<T>, method: string, path: string, body: unknown): Promise<T> => {
    const headers = { 'content-type': 'application/json' }
    return schema.parse(await (await request(path, {}, { method, headers, body: JSON.stringify(body) })).json())
  }
  const remove = async (path: string) => void (await request(path, {}, { method: 'DELETE' }))
  const pathOf = (provider: string, ...rest: string[]) =>
    ['/api/providers', ...[provider, ...rest].map(encodeURIComponent)].join('/')

  /** Asks again and again, since one request must not stay silent for too long. */
  const wait = async <T>(
    schema: z.ZodType<T>,
    path: string,
    query: Query,
    { after, timeoutMs = 30_000 }: { after?: string | Date; timeoutMs?: number },
    inVain: { code: string; what: string },
  ): Promise<T> => {
    const deadline = Date.now() + timeoutMs
    const since = after instanceof Date ? after.toISOString() : after
    for (;;) {
      const timeout = Math.max(0, Math.min(deadline - Date.now(), longestWaitMs))
      try {
        return await read(schema, path, { ...query, after: since, timeout })
      } catch (error) {
        if (!(error instanceof SandboxClientError && error.code === inVain.code)) throw error
        if (Date.now() >= deadline) {
          throw new SandboxClientError(error.status, error.code, `No ${inVain.what} arrived within ${timeoutMs} ms`)
        }
      }
    }
  }

  return {
    waitForMail({ to, subject, ...options }) {
      const what = `mail to ${to}${subject === undefined ? '' : ` about "${subject}"`}`
      return wait(mailSchema, '/api/mails/wait', { to, subject }, options, { code: 'mail_not_received', what })
    },
    listMails: ({ cursor, ...filter } = {}) => read(mailPageSchema, '/api/mails', { ...filter, before: cursor }),
    getMail: (id) => read(mailSchema, `/api/mails/${encodeURIComponent(id)}`),
    clear: () => remove('/api/mails'),
    waitForSms({ to, search, ...options }) {
      const what = `text message to ${to}${search === undefined ? '' : ` with "${search}"`}`
      return wait(smsSchema, '/api/sms/wait', { to, search }, options, { code: 'sms_not_received', what })
    },
    listSms: ({ cursor, ...filter } = {}) => read(smsPageSchema, '/api/sms', { ...filter, before: cursor }),
    clearSms: () => remove('/api/sms'),
    setPeople: (input) => send(peopleAnswerSchema, 'PUT', '/api/identity/people', input),
    setDials: (provider, dials) => send(dialsSchema, 'PUT', pathOf(provider, 'dials'), dials),
    listCalls: async (provider) => (await read(callsSchema, pathOf(provider, 'calls'))).calls,
    runAction: async (provider, action, values = {}) =>
      (await send(messageSchema, 'POST', pathOf(provider, 'actions', action), values)).message,
    listWebhooks: async (provider) => (await read(webhooksSchema, '/api/webhooks', { provider })).webhooks,
    async resetProvider(provider) {
      await request(pathOf(provider, 'reset'), {}, { method: 'POST' })
    },
    record: (recording) => send(recordingSchema, 'POST', '/api/recordings', recording),
    listRecordings: async () => (await read(recordingsSchema, '/api/recordings')).recordings,
  }
}

type Query = Record<string, string | number | undefined>
