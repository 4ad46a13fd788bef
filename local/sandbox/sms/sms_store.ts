import type { Logger } from '../../logger.ts'
import { findCodes } from '../find_codes.ts'
import { createIds } from '../ids.ts'
import type { LiveEvents } from '../live_events.ts'
import { openRecordFiles } from '../safe_files.ts'
import { countSegments } from './segments.ts'
import { type Sms, type SmsPage, smsSchema } from './sms_schemas.ts'

/** Which messages are meant; conditions that are left out let everything through. */
export interface SmsFilter {
  /** Number of the recipient; spaces, dashes and brackets do not count. */
  readonly to?: string | undefined
  /** Part of the text, the sender or the recipient, without regard to case. */
  readonly search?: string | undefined
  /** Id of a message (only later ones are meant) or an ISO time (ones received at that time or later). */
  readonly after?: string | undefined
}

/** What a provider knows of a message; the store adds the rest. */
export type NewSms = Omit<Sms, 'id' | 'receivedAt' | 'codes' | 'segments'>

/** The text messages that were received, at most as many as the limit allows. */
export interface SmsStore {
  /** Keeps a message. Once this resolves it survives a crash, if the store has a folder. */
  add(message: NewSms): Promise<Sms>
  /** Notes how far a message got; null when it is gone. */
  setStatus(sid: string, status: string, errorCode: number | null): Promise<Sms | null>
  /** Newest first. */
  list(filter: SmsFilter, page: { limit: number; before?: string | undefined }): SmsPage
  newest(filter: SmsFilter): Sms | null
  get(id: string): Sms | null
  bySid(sid: string): Sms | null
  /** @returns whether there was such a message */
  remove(id: string): Promise<boolean>
  clear(): Promise<void>
}

/**
 * Opens the store.
 *
 * @param options.folder where messages are kept across restarts; null keeps them in memory
 * @param options.limit how many are kept; the oldest make room
 */
export async function openSmsStore(options: {
  folder: string | null
  events: LiveEvents
  logger: Logger
  limit?: number
}): Promise<SmsStore> {
  const { events, limit = 1000 } = options
  const files = await openRecordFiles({
    folder: options.folder,
    kind: 'sms',
    schema: smsSchema,
    logger: options.logger,
  })
  // Oldest first: new ones are appended, old ones leave at the front.
  const all: Sms[] = [...files.kept].sort((a, b) => (a.id < b.id ? -1 : 1))
  const nextId = createIds(all.at(-1)?.id)
  let queue: Promise<unknown> = Promise.resolve()

  /** One change after the other, so that the order of ids is the order in which messages appear. */
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => {
    const result = queue.then(change)
    queue = result.catch(() => {})
    return result
  }

  const drop = async (sms: Sms) => {
    all.splice(all.indexOf(sms), 1)
    await files.remove(sms.id)
    events.publish({ name: 'sms_deleted', data: { id: sms.id } })
  }

  return {
    add: (message) =>
      inTurn(async () => {
        const sms: Sms = {
          ...message,
          id: nextId(),
          receivedAt: new Date().toISOString(),
          codes: findCodes(message.body),
          segments: countSegments(message.body),
        }
        await files.write(sms)
        all.push(sms)
        events.publish({ name: 'sms', data: sms })
        for (let oldest = all[0]; oldest && all.length > limit; oldest = all[0]) await drop(oldest)
        return sms
      }),
    setStatus: (sid, status, errorCode) =>
      inTurn(async () => {
        const index = all.findIndex((sms) => sms.sid === sid)
        const known = all[index]
        if (!known) return null
        const changed = { ...known, status, errorCode }
        await files.write(changed)
        all[index] = changed
        events.publish({ name: 'sms_changed', data: changed })
        return changed
      }),
    list(filter, { limit: size, before }) {
      const matching = all.filter(smsMatcher(filter)).reverse()
      const rest = before === undefined ? matching : matching.filter((sms) => sms.id < before)
      const sms = rest.slice(0, size)
      return { sms, next: rest.length > size ? (sms.at(-1)?.id ?? null) : null, total: matching.length }
    },
    newest: (filter) => all.findLast(smsMatcher(filter)) ?? null,
    get: (id) => all.find((sms) => sms.id === id) ?? null,
    bySid: (sid) => all.find((sms) => sms.sid === sid) ?? null,
    remove: (id) =>
      inTurn(async () => {
        const sms = all.find((candidate) => candidate.id === id)
        if (sms) await drop(sms)
        return sms !== undefined
      }),
    clear: () =>
      inTurn(async () => {
        for (const sms of all.splice(0)) await files.remove(sms.id)
        events.publish({ name: 'sms_cleared', data: {} })
      }),
  }
}

/** A function that tells whether the filter lets a message through. */
export function smsMatcher(filter: SmsFilter): (sms: Sms) => boolean {
  const to = filter.to === undefined ? null : plainNumber(filter.to)
  const search = filter.search?.trim().toLowerCase()
  const { after } = filter
  const afterTime = after?.includes('T') ? Date.parse(after) : null
  return (sms) => {
    if (to !== null && plainNumber(sms.to) !== to) return false
    if (afterTime !== null) {
      if (Date.parse(sms.receivedAt) < afterTime) return false
    } else if (after !== undefined && sms.id <= after) {
      return false
    }
    return !search || [sms.body, sms.to, sms.from ?? ''].some((text) => text.toLowerCase().includes(search))
  }
}

/** Supabase Auth writes numbers without the plus, people write them with spaces; they mean the same phone. */
function plainNumber(text: string): string {
  return text.toLowerCase().replace(/[\s()+-]/g, '')
}
