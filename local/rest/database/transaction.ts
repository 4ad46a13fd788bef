import type { RestConfig } from '../config.ts'
import { requestErrors } from '../errors.ts'
import type { RequestPlan } from '../plan/request_plan.ts'
import type { Preferences } from '../request/preferences.ts'
import type { Isolation } from '../schema_cache/types.ts'
import { quoteQualified, type Statement } from '../sql/writer.ts'
import type { ConnectionPool, RawRows } from './pool.ts'

/** What the one row of a main statement says. */
export interface RunResult {
  /** Rows in all; null when not counted. */
  readonly total: number | null
  /** Rows of this answer, or changed rows. */
  readonly rows: number
  readonly body: Buffer
  /** `response.headers` setting. */
  readonly headers: string | null
  /** `response.status` setting. */
  readonly status: string | null
  /** Conditions that find the inserted row, as pairs of column and condition. */
  readonly location: string | null
  /** How many rows were new, of those written. */
  readonly inserted: number | null
}

/** Plans that use the database. */
export type RunnablePlan = Extract<RequestPlan, { kind: 'read' | 'write' | 'call' }>

/** How a transaction runs. */
export interface TransactionFrame {
  readonly isReadOnly: boolean
  readonly isolation: Isolation | null
  /** Sets role, claims and everything else that holds for the transaction. */
  readonly settings: Statement
}

const empty = Buffer.alloc(0)
const byteaType = 17
const fromHex = (value: Buffer): Buffer => Buffer.from(value.toString('latin1', 2), 'hex')
const text = (value: Buffer | null | undefined): string | null => value?.toString('utf8') ?? null
const count = (value: Buffer | null | undefined): number | null => (value ? Number(value.toString('latin1')) : null)

function beginText({ isReadOnly, isolation }: TransactionFrame): string {
  return `begin isolation level ${isolation ?? 'read committed'} ${isReadOnly ? 'read only' : 'read write'}`
}

const preRequestText = ({ preRequest }: RestConfig): string | null =>
  preRequest && `select ${quoteQualified(preRequest)}()`

function readResult(plan: RunnablePlan, rows: RawRows): RunResult {
  const cells = rows[0] ? [...rows[0]] : []
  const types = rows.columns.map(({ type }) => type)
  // Only writes tell where the row is and whether it is new.
  const location = plan.kind === 'write' ? cells.splice(2, 1)[0] : null
  if (plan.kind === 'write') types.splice(2, 1)
  const [total, page, body, headers, status, inserted] = cells
  return {
    total: count(total),
    rows: count(page) ?? 0,
    body: body ? (types[2] === byteaType ? fromHex(body) : body) : empty,
    headers: text(headers),
    status: text(status),
    location: text(location),
    inserted: count(inserted),
  }
}

/** An execution plan comes in lines. */
function readPlanLines(rows: RawRows): RunResult {
  const lines = rows.map((row) => `${text(row[0]) ?? ''}\n`).join('')
  const body = Buffer.from(lines)
  return { total: null, rows: 1, body, headers: null, status: null, location: null, inserted: null }
}

/**
 * Runs a plan in a transaction of its own. Everything whose order cannot depend on a result is sent at once; only a
 * write that may have to be undone waits for its result before it ends.
 *
 * @throws {RestError | Error} what the plan's checks or Postgres object to
 */
export async function runPlan(
  pool: ConnectionPool,
  config: RestConfig,
  plan: RunnablePlan,
  preferences: Preferences,
  frame: TransactionFrame,
): Promise<RunResult> {
  const connection = await pool.acquire()
  const sent: Promise<unknown>[] = []
  const send = <T>(promise: Promise<T>): Promise<T> => {
    sent.push(promise)
    return promise
  }
  try {
    send(connection.command(beginText(frame)))
    send(connection.query(frame.settings.text, frame.settings.params))
    const preRequest = preRequestText(config)
    if (preRequest !== null) send(connection.query(preRequest, []))
    const main = send(connection.query(plan.statement.text, plan.statement.params))
    const estimate = plan.kind === 'read' && plan.estimate !== null ? plan.estimate : null
    const estimated = estimate && send(connection.query(estimate.text, estimate.params))
    const rollsBack = shouldRollBack(config, preferences)
    if (rollsBack) send(connection.command('set constraints all immediate'))
    // A transaction that failed before this ends with a rollback all the same.
    const mayBeUndone = !plan.isReadOnly && mayFail(plan, preferences)
    if (!mayBeUndone) send(connection.command(rollsBack ? 'rollback' : 'commit'))
    for (const answer of sent) await answer
    const isPlan = plan.negotiated.mediaType.kind === 'plan'
    const rows = await main
    const result = isPlan ? readPlanLines(rows) : readResult(plan, rows)
    if (!isPlan) check(plan, preferences, result)
    if (mayBeUndone) await connection.command(rollsBack ? 'rollback' : 'commit')
    return estimated ? withEstimate(result, await estimated, config, preferences) : result
  } catch (cause) {
    await Promise.allSettled(sent)
    if (connection.isOpen) await connection.command('rollback').catch(() => {})
    throw cause
  } finally {
    await Promise.allSettled(sent)
    connection.release()
  }
}

function shouldRollBack(config: RestConfig, { transaction }: Preferences): boolean {
  return transaction === 'rollback' || (config.txEnd.startsWith('rollback') && transaction !== 'commit')
}

const wantsOne = ({ negotiated }: RunnablePlan): boolean => negotiated.mediaType.kind === 'object'
const limitsAffected = ({ maxAffected, handling }: Preferences): boolean =>
  maxAffected !== null && handling === 'strict'

/** Whether {@link check} may object to the result. */
function mayFail(plan: RunnablePlan, preferences: Preferences): boolean {
  return wantsOne(plan) || limitsAffected(preferences) || (plan.kind === 'write' && plan.mutation === 'upsert-one')
}

function check(plan: RunnablePlan, preferences: Preferences, { rows }: RunResult): void {
  const isPut = plan.kind === 'write' && plan.mutation === 'upsert-one'
  if (isPut) {
    if (rows !== 1) throw requestErrors.putKey()
    return
  }
  if (wantsOne(plan) && rows !== 1) throw requestErrors.singular(rows)
  const isLimited = plan.kind === 'call' || (plan.kind === 'write' && plan.mutation !== 'insert')
  if (isLimited && limitsAffected(preferences) && rows > (preferences.maxAffected ?? 0)) {
    throw requestErrors.maxAffected(rows)
  }
}

function withEstimate(
  result: RunResult,
  rows: RawRows,
  { maxRows }: RestConfig,
  { count: kind }: Preferences,
): RunResult {
  const planned = /"Plan Rows": (\d+)/.exec(text(rows[0]?.[0]) ?? '')
  const estimate = planned ? Number(planned[1]) : null
  if (kind === 'planned') return { ...result, total: estimate }
  const isExceeded = result.total !== null && (maxRows === null || result.total > maxRows)
  return isExceeded && estimate !== null && result.total !== null
    ? { ...result, total: Math.max(result.total, estimate) }
    : result
}
