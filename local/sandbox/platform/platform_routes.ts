import { Hono } from 'hono'
import postgres from 'postgres'
import { SandboxError } from '../errors.ts'

/** One row of the overview: what it is, where it stands, and a sentence on why. */
export interface PlatformEntry {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly at: string
  readonly detail: string | null
}

/** What the database of the stack is busy with, newest first. */
export interface PlatformOverview {
  readonly jobs: readonly PlatformEntry[]
  /** Webhooks that providers sent and the inbox stored. */
  readonly webhookEvents: readonly PlatformEntry[]
  readonly alerts: readonly PlatformEntry[]
}

const shownCount = 50

/** The routes below `/api/platform`, and what lets the connection go. */
export interface PlatformSection {
  readonly routes: Hono
  close(): Promise<void>
}

/**
 * Shows jobs, stored webhooks and alerts of the stack's database. Payloads stay there: they may hold personal data.
 *
 * @param databaseUrl a role that reads schema private; null when no database belongs to this sandbox
 */
export function platformSection(databaseUrl: string | null): PlatformSection {
  const sql =
    databaseUrl === null
      ? null
      : postgres(databaseUrl, { max: 1, fetch_types: false, idle_timeout: 10, onnotice: () => {} })
  const routes = new Hono()
  routes.get('/', async (c) => {
    if (!sql) {
      throw new SandboxError(503, 'platform_unavailable', 'Cannot read jobs: this sandbox runs without a database', {
        hint: 'Start it with "npm start", or give it one with --db-url',
      })
    }
    return c.json(await readOverview(sql))
  })
  return {
    routes,
    close: async () => {
      await sql?.end({ timeout: 1 })
    },
  }
}

async function readOverview(sql: postgres.Sql): Promise<PlatformOverview> {
  // One round trip: the page asks again every other second while somebody looks.
  const [row] = await sql<{ overview: PlatformOverview }[]>`
    select jsonb_build_object(
      'jobs', (
        select coalesce(jsonb_agg(entry), '[]') from (
          select jsonb_build_object(
            'id', id::text, 'name', kind, 'state', state, 'at', coalesce(finished_at, started_at, run_at),
            'detail', concat_ws(
              ' · ', 'attempt ' || attempt || ' of ' || max_attempts,
              progress_done_count || coalesce(' / ' || progress_total_count, ''),
              case when state in ('failed', 'dead') then last_error end
            )
          ) as entry
          from private.jobs order by id desc limit ${shownCount}
        ) as newest
      ),
      'webhookEvents', (
        select coalesce(jsonb_agg(entry), '[]') from (
          select jsonb_build_object(
            'id', id::text, 'name', provider || ' ' || event_type, 'state', state, 'at', created_at, 'detail', last_error
          ) as entry
          from private.webhook_events order by id desc limit ${shownCount}
        ) as newest
      ),
      'alerts', (
        select coalesce(jsonb_agg(entry), '[]') from (
          select jsonb_build_object(
            'id', id, 'name', rule_key || coalesce(' ' || nullif(subject, ''), ''), 'state', state,
            'at', coalesce(resolved_at, fired_at, bad_since), 'detail', 'value ' || value
          ) as entry
          from private.alerts order by created_at desc limit ${shownCount}
        ) as newest
      )
    ) as overview`
  if (!row) throw new Error('Postgres answered without a row')
  return row.overview
}
