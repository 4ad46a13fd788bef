import type { Logger } from '../../logger.ts'
import { createIds } from '../ids.ts'
import type { LiveEvents } from '../live_events.ts'
import type { Mail, MailPage, MailSummary } from '../schemas.ts'
import { createMailMemory, type MailFiles, type MailRecord, openMailFolder } from './mail_files.ts'
import { type Envelope, type ParsedMail, parseMail, summarize } from './parse_mail.ts'

/** Which mails are meant; conditions that are left out let everything through. */
export interface MailFilter {
  /** Address of a recipient, without regard to case. */
  readonly to?: string | undefined
  /** Part of the subject, without regard to case. */
  readonly subject?: string | undefined
  /** Part of subject, sender or recipient, without regard to case. */
  readonly search?: string | undefined
  /** Id of a mail (only later ones are meant) or an ISO time (ones received at that time or later). */
  readonly after?: string | undefined
}

/** A mail with its message. */
export interface StoredMail {
  readonly mail: Mail
  readonly parsed: ParsedMail
  readonly raw: Buffer
}

/** The mails that were received, newest first, at most as many as the limits allow. */
export interface MailStore {
  /** Keeps a message. Once this resolves it survives a crash, if the store has a folder. */
  add(raw: Uint8Array, envelope: Envelope): Promise<MailSummary>
  list(filter: MailFilter, page: { limit: number; before?: string | undefined }): MailPage
  /** The newest mail that the filter lets through. */
  newest(filter: MailFilter): MailSummary | null
  get(id: string): Promise<StoredMail | null>
  /** @returns whether there was such a mail */
  remove(id: string): Promise<boolean>
  clear(): Promise<void>
}

/** How much is kept; the oldest mails make room. */
export interface MailLimits {
  readonly count: number
  readonly bytes: number
}

const defaultLimits: MailLimits = { count: 1000, bytes: 512 * 1024 * 1024 }

/**
 * Opens the store.
 *
 * @param options.folder where mails are kept across restarts; null keeps them in memory
 */
export async function openMailStore(options: {
  folder: string | null
  events: LiveEvents
  logger: Logger
  limits?: MailLimits
}): Promise<MailStore> {
  const { events } = options
  const limits = options.limits ?? defaultLimits
  const files: MailFiles = options.folder ? await openMailFolder(options.folder, options.logger) : createMailMemory()
  // Oldest first: new ones are appended, old ones leave at the front.
  const records: MailRecord[] = [...files.kept].sort((a, b) => (a.summary.id < b.summary.id ? -1 : 1))
  const nextId = createIds(records.at(-1)?.summary.id)
  let bytes = records.reduce((sum, record) => sum + record.summary.size, 0)
  let queue: Promise<unknown> = Promise.resolve()

  /** One change after the other, so that the order of ids is the order in which mails appear. */
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => {
    const result = queue.then(change)
    queue = result.catch(() => {})
    return result
  }

  const drop = async (record: MailRecord) => {
    records.splice(records.indexOf(record), 1)
    bytes -= record.summary.size
    await files.remove(record.summary.id)
    events.publish({ name: 'mail_deleted', data: { id: record.summary.id } })
  }

  const dropOldest = async () => {
    for (let oldest = records[0]; oldest && records.length > 1; oldest = records[0]) {
      if (records.length <= limits.count && bytes <= limits.bytes) return
      await drop(oldest)
    }
  }
  await dropOldest()

  const matching = (filter: MailFilter): MailSummary[] => {
    const matches = matcher(filter)
    return records.map((record) => record.summary).filter(matches)
  }

  return {
    add: (raw, envelope) =>
      inTurn(async () => {
        const parsed = await parseMail(raw)
        const received = { id: nextId(), receivedAt: new Date().toISOString(), size: raw.byteLength, envelope }
        const record = { summary: summarize(parsed, received), envelopeFrom: envelope.from }
        await files.write(record, raw)
        records.push(record)
        bytes += raw.byteLength
        events.publish({ name: 'mail', data: record.summary })
        await dropOldest()
        return record.summary
      }),
    list(filter, { limit, before }) {
      const all = matching(filter).reverse()
      const rest = before === undefined ? all : all.filter((mail) => mail.id < before)
      const mails = rest.slice(0, limit)
      return { mails, next: rest.length > limit ? (mails.at(-1)?.id ?? null) : null, total: all.length }
    },
    newest: (filter) => matching(filter).at(-1) ?? null,
    async get(id) {
      const record = records.find((candidate) => candidate.summary.id === id)
      const raw = record ? await files.read(id) : null
      if (!record || !raw) return null
      const parsed = await parseMail(raw)
      const mail = { ...parsed.fields, ...record.summary, envelopeFrom: record.envelopeFrom }
      return { mail, parsed, raw }
    },
    remove: (id) =>
      inTurn(async () => {
        const record = records.find((candidate) => candidate.summary.id === id)
        if (record) await drop(record)
        return record !== undefined
      }),
    clear: () =>
      inTurn(async () => {
        const gone = records.splice(0)
        bytes = 0
        for (const record of gone) await files.remove(record.summary.id)
        events.publish({ name: 'mails_cleared', data: {} })
      }),
  }
}

/** A function that tells whether the filter lets a mail through. */
export function matcher(filter: MailFilter): (mail: MailSummary) => boolean {
  const to = filter.to?.trim().toLowerCase()
  const subject = filter.subject?.toLowerCase()
  const search = filter.search?.trim().toLowerCase()
  const { after } = filter
  const afterTime = after === undefined || !after.includes('T') ? null : Date.parse(after)
  return (mail) => {
    if (to && !addressesOf(mail).some((address) => address.toLowerCase() === to)) return false
    if (subject && !mail.subject.toLowerCase().includes(subject)) return false
    if (afterTime !== null) {
      if (Date.parse(mail.receivedAt) < afterTime) return false
    } else if (after !== undefined && mail.id <= after) {
      return false
    }
    if (!search) return true
    const names = [mail.from, ...mail.to].map((mailbox) => mailbox.name)
    const haystack = [mail.subject, mail.from.address, ...names, ...addressesOf(mail)]
    return haystack.some((text) => text.toLowerCase().includes(search))
  }
}

function addressesOf(mail: MailSummary): string[] {
  return [...mail.recipients, ...mail.to.map((mailbox) => mailbox.address)]
}
