import type { Database } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'

/** A webhook endpoint of an organization, made by its admin, who is the actor from here on. */
export async function givenEndpoint(
  db: Database,
  options: { organization?: GivenOrganization; url?: string; topics?: string } = {},
): Promise<{ id: string; secret: string; organization: GivenOrganization }> {
  const organization = options.organization ?? (await given.organization(db))
  await db.asOwner(() =>
    db.exec(
      `insert into public.webhook_event_types (topic, description, example)
       values ('invoice.paid', 'Paid', '{}'), ('invoice.voided', 'Voided', '{}'), ('member.added', 'Added', '{}')
       on conflict do nothing`,
    ),
  )
  await db.actAs(organization.admin)
  const { endpoint_id: id, secret } = await db.row<{ endpoint_id: string; secret: string }>(
    'select * from public.create_webhook_endpoint($1, $2, $3::text::text[])',
    [organization.id, options.url ?? 'https://hook.example.test/in', options.topics ?? '{invoice.*}'],
  )
  return { id, secret, organization }
}

/** Emits an event and runs the job that it makes, as a worker does. @returns how many deliveries were made */
export async function emit(
  db: Database,
  topic: string,
  organization: { id: string },
  payload: object = {},
): Promise<number> {
  return db.asOwner(async () => {
    await db.exec('select private.emit_event($1, $2, $3::text::jsonb)', [
      topic,
      organization.id,
      JSON.stringify(payload),
    ])
    const { count } = await db.row<{ count: number }>(
      `with due as (
         update private.jobs set state = 'succeeded', finished_at = now()
         where kind = 'webhook_message.fan_out' and state = 'queued' returning id, payload
       )
       select coalesce(sum(public.fan_out_webhook_message(id, (payload ->> 'organization_id')::uuid,
         payload ->> 'topic', (payload ->> 'occurred_at')::timestamptz, payload -> 'event')), 0)::int as count
       from due`,
    )
    return count
  })
}

/** What the worker says of an attempt. */
export interface Attempt {
  readonly status?: number
  readonly error?: string
  readonly retryAfter?: number
  readonly isPermanent?: boolean
}

/** Records the next attempt of a delivery. @returns where it stands then */
export async function attempt(db: Database, deliveryId: string, said: Attempt): Promise<string> {
  return db.asOwner(async () => {
    const { status } = await db.row<{ status: string }>(
      `select public.record_webhook_attempt(id, attempt_count + 1, now(), 12, $2, 'body', $3, $4, $5)::text as status
       from public.webhook_deliveries where id = $1`,
      [deliveryId, said.status ?? null, said.error ?? null, said.retryAfter ?? null, said.isPermanent ?? false],
    )
    return status
  })
}

/** The deliveries of an endpoint, oldest first. */
export async function deliveriesOf(
  db: Database,
  endpointId: string,
): Promise<{ id: string; status: string; attempt_count: number; attempts_left_count: number; topic: string }[]> {
  return db.asOwner(() =>
    db.rows(
      `select deliveries.id, status::text as status, attempt_count, attempts_left_count, topic
       from public.webhook_deliveries as deliveries join public.webhook_messages on webhook_messages.id = message_id
       where endpoint_id = $1 order by deliveries.created_at, webhook_messages.job_id`,
      [endpointId],
    ),
  )
}

/** The only delivery of an endpoint. */
export async function deliveryOf(db: Database, endpointId: string): Promise<string> {
  const [first, ...others] = await deliveriesOf(db, endpointId)
  if (!first || others.length > 0) throw new Error('Expected one delivery')
  return first.id
}
