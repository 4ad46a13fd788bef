import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import type { ChannelCaller } from './token_check.ts'

/** What a caller may do on a private topic, by the policies on `realtime.messages`. */
export interface Rights {
  /** A select policy lets the caller see a message of this kind: it may receive. */
  readonly read: { readonly broadcast: boolean; readonly presence: boolean }
  /** An insert policy lets the caller add one: it may send. */
  readonly write: { readonly broadcast: boolean; readonly presence: boolean }
}

/** Rights on a public channel: nobody is asked. */
export const allRights: Rights = {
  read: { broadcast: true, presence: true },
  write: { broadcast: true, presence: true },
}

/** Asks the database for a caller's rights. */
export interface Authorization {
  /**
   * Tries a message of each kind as the caller, in a transaction that is rolled back.
   *
   * @param topic without `realtime:`
   * @throws {PolicyError} when a policy fails; whatever the driver throws when the database is away
   */
  rightsOn(topic: string, caller: ChannelCaller, headers: Readonly<Record<string, string>>): Promise<Rights>
}

/** A policy that raised an error instead of answering. */
export class PolicyError extends Error {}

/** The transaction is over once its answer is known; nothing of it may stay. */
class RolledBack extends Error {}

/** Roles that would leave the service acting as itself, the owner of the table, whom no policy holds back. */
const ownRoles: ReadonlySet<string> = new Set(['none', 'supabase_realtime_admin'])
const insufficientPrivilege = '42501'
const statementTimeoutMs = 5_000

/** @param sql sessions of the owner of `realtime.messages`, who may act as the roles of requests */
export function createAuthorization(sql: postgres.Sql): Authorization {
  return {
    async rightsOn(topic, caller, headers) {
      if (ownRoles.has(caller.role)) return noRights
      let rights: Rights | null = null
      await sql
        .begin(async (transaction) => {
          rights = await ask(transaction, topic, caller, headers)
          throw new RolledBack()
        })
        .catch((error: unknown) => {
          if (!(error instanceof RolledBack)) throw error
        })
      if (!rights) throw new Error('the rights on a topic were not answered')
      return rights
    },
  }
}

async function ask(
  transaction: postgres.TransactionSql,
  topic: string,
  caller: ChannelCaller,
  headers: Readonly<Record<string, string>>,
): Promise<Rights> {
  const ids = { broadcast: randomUUID(), presence: randomUUID() }
  const insert = (extension: 'broadcast' | 'presence') =>
    transaction`insert into realtime.messages (topic, extension, private) values (${topic}, ${extension}, true)`
  // Sent without waiting for each answer: the whole question takes one round trip.
  const steps = await Promise.allSettled([
    transaction`
      insert into realtime.messages (id, topic, extension, private)
      values (${ids.broadcast}, ${topic}, 'broadcast', true), (${ids.presence}, ${topic}, 'presence', true)`,
    transaction`
      select set_config('role', ${caller.role}, true), set_config('realtime.topic', ${topic}, true),
        set_config('request.jwt.claims', ${JSON.stringify(caller.claims)}, true),
        set_config('request.headers', ${JSON.stringify(headers)}, true),
        set_config('statement_timeout', ${String(statementTimeoutMs)}, true)`,
    transaction`savepoint asked`,
    transaction<{ extension: string }[]>`
      select extension from realtime.messages
      where inserted_at = localtimestamp and topic = ${topic} and id in (${ids.broadcast}, ${ids.presence})`,
    transaction`rollback to savepoint asked`,
    insert('broadcast'),
    transaction`rollback to savepoint asked`,
    insert('presence'),
    transaction`rollback to savepoint asked`,
  ])
  const [stored, became, , seen, , broadcast, , presence] = steps
  if (stored.status === 'rejected') throw stored.reason
  // A role that does not exist or that the service may not take: nobody with rights.
  if (became.status === 'rejected') {
    if (isRefusal(became.reason) || codeOf(became.reason) === '22023') return noRights
    throw became.reason
  }
  const visible = seen.status === 'fulfilled' ? seen.value.map(({ extension }) => extension) : noneOr(seen.reason)
  return {
    read: { broadcast: visible.includes('broadcast'), presence: visible.includes('presence') },
    write: { broadcast: wasAllowed(broadcast), presence: wasAllowed(presence) },
  }
}

const noRights: Rights = {
  read: { broadcast: false, presence: false },
  write: { broadcast: false, presence: false },
}

function wasAllowed(step: PromiseSettledResult<unknown>): boolean {
  if (step.status === 'fulfilled') return true
  noneOr(step.reason)
  return false
}

/** Being refused is an answer; anything else is a failure. */
function noneOr(reason: unknown): string[] {
  if (isRefusal(reason)) return []
  if (!isDatabaseError(reason)) throw reason
  throw new PolicyError(reason.message, { cause: reason })
}

const isRefusal = (reason: unknown): boolean => codeOf(reason) === insufficientPrivilege

function codeOf(reason: unknown): string | null {
  return isDatabaseError(reason) ? reason.code : null
}

/** An answer of Postgres about the statement itself, not about a connection that is gone or a server that stops. */
function isDatabaseError(reason: unknown): reason is postgres.PostgresError {
  return reason instanceof postgres.PostgresError && !/^(08|57P|53)/.test(reason.code)
}
