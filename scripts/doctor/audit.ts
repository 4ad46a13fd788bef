import type postgres from 'postgres'
import { type Finding, fail, ok, reasonOf, skip, warn } from './check.ts'

/** Chains with the newest seals, and seals at the end of each: a long log must not hold the doctor up. */
const checkedChains = 100
const checkedSeals = 2_000
/** The job runs each minute; a few more may pass while a batch is large. */
const longestUnsealedMinutes = 10
/** Tables by month that the audit log writes to. */
const monthly = ['public.audit_logs', 'private.audit_seals']

/** Whether the audit log can still be trusted and will still be written next month. */
export async function checkAudit(sql: postgres.Sql): Promise<Finding[]> {
  const chains = await checkChains(sql).catch((error: unknown) => [
    skip('audit chain', `Could not be checked: ${reasonOf(error)}`, 'Check one by one: verify_audit_chain'),
  ])
  return [...chains, await checkTail(sql), ...(await checkMonths(sql))]
}

async function checkChains(sql: postgres.Sql): Promise<Finding[]> {
  const broken = await sql<{ chain: string; problem: string; sequence: string | null; entry: string | null }[]>`
    select chains.chain_id::text as chain, checked.problem, checked.broken_sequence::text as sequence,
      checked.broken_entry_id::text as entry
    from (select chain_id, sequence from private.audit_chains order by sealed_at desc limit ${checkedChains}) as chains
    cross join lateral private.check_audit_chain(
      chains.chain_id, greatest(chains.sequence - ${checkedSeals}, 0), ${checkedSeals + 1}
    ) as checked
    where not checked.is_intact
    order by chains.chain_id`
  if (broken.length === 0) return [ok('audit chain', `The newest ${checkedSeals} entries of each chain are as sealed`)]
  return broken.map(({ chain, problem, sequence, entry }) =>
    fail(
      `audit chain ${chain}`,
      `${problem} at link ${sequence ?? 'none'}, entry ${entry ?? 'unknown'}`,
      'Somebody with rights on the server changed the log: keep a copy of the database, then see docs/operations.md',
    ),
  )
}

async function checkTail(sql: postgres.Sql): Promise<Finding> {
  const [tail] = await sql<{ count: number; minutes: number | null }[]>`
    select count(*)::int as count, extract(epoch from now() - min(occurred_at))::int / 60 as minutes
    from private.audit_unsealed`
  const { count = 0, minutes = null } = tail ?? {}
  if ((minutes ?? 0) <= longestUnsealedMinutes) return ok('audit seals', `${count} entries wait for the next minute`)
  return fail(
    'audit seals',
    `${count} entries are not sealed, the oldest for ${minutes} minutes`,
    'See the finding on cron platform_seal_audit_logs; by hand: select private.job_seal_audit_logs(50000)',
  )
}

async function checkMonths(sql: postgres.Sql): Promise<Finding[]> {
  const missing = await sql<{ name: string }[]>`
    select name from unnest(${monthly}::text[]) as name
    where not exists (
      select from private.month_partitions(name::regclass) as partition
      where partition.month = date_trunc('month', now() at time zone 'UTC' + interval '1 month') at time zone 'UTC'
    )`
  if (missing.length === 0) return [ok('audit partitions', 'Next month has its own')]
  return missing.map(({ name }) =>
    warn(
      `audit partitions ${name}`,
      'Next month has none',
      `In SQL: select private.ensure_month_partition('${name}', now() + interval '1 month')`,
    ),
  )
}
