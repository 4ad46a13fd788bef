import type postgres from 'postgres'
import type { BroadcastBody } from './messages.ts'

/** A broadcast that SQL wrote into `realtime.messages`. */
export interface StoredMessage {
  readonly id: string
  /** Without `realtime:`. */
  readonly topic: string
  readonly isPrivate: boolean
  readonly body: BroadcastBody
}

interface Row {
  id: string
  topic: string
  is_private: boolean
  event: string
  payload: string | null
  binary_payload: Buffer | null
}

/** Reads messages by the ids of their notifications; those that are gone are left out. */
export async function fetchMessages(sql: postgres.Sql, wanted: readonly MessageKey[]): Promise<StoredMessage[]> {
  const rows = await sql<Row[]>`
    select messages.id, messages.topic, coalesce(messages.private, false) as is_private, messages.event,
      messages.payload::text as payload, messages.binary_payload
    from jsonb_to_recordset(${JSON.stringify(wanted)}::text::jsonb) as wanted (id uuid, inserted_at timestamp)
    join realtime.messages on messages.id = wanted.id and messages.inserted_at = wanted.inserted_at
    where messages.extension = 'broadcast' and messages.event is not null`
  const byId = new Map(rows.map((row) => [row.id, row]))
  return wanted.flatMap(({ id }) => {
    const row = byId.get(id)
    return row ? [toMessage(row, {})] : []
  })
}

/** What a notification names: the primary key. */
export interface MessageKey {
  readonly id: string
  readonly inserted_at: string
}

/** Keys of the broadcasts inserted since a moment, oldest first. @param since milliseconds since 1970 */
export async function listMessagesSince(sql: postgres.Sql, since: number): Promise<MessageKey[]> {
  return await sql<MessageKey[]>`
    select id, to_char(inserted_at, 'YYYY-MM-DD"T"HH24:MI:SS.US') as inserted_at
    from realtime.messages
    where inserted_at >= (to_timestamp(${since / 1000}) at time zone 'UTC') and extension = 'broadcast'
    order by inserted_at`
}

/** The newest private messages of a topic since a moment, oldest first, marked as replayed. */
export async function replayMessages(
  sql: postgres.Sql,
  topic: string,
  { since, limit }: { since: number; limit: number },
): Promise<StoredMessage[]> {
  const rows = await sql<Row[]>`
    select id, topic, private as is_private, event, payload::text as payload, binary_payload
    from realtime.messages
    where topic = ${topic} and private and extension = 'broadcast' and event is not null
      and inserted_at >= (to_timestamp(${since / 1000}) at time zone 'UTC')
    order by inserted_at desc
    limit ${limit}`
  return rows.toReversed().map((row) => toMessage(row, { replayed: true }))
}

function toMessage(row: Row, more: object): StoredMessage {
  const meta = { ...more, id: row.id }
  const { id, topic, event } = row
  const body: BroadcastBody = row.binary_payload
    ? { kind: 'binary', event, bytes: row.binary_payload, meta }
    : {
        kind: 'whole',
        json: `{"type":"broadcast","event":${JSON.stringify(event)},"payload":${row.payload ?? 'null'},"meta":${JSON.stringify(meta)}}`,
      }
  return { id, topic, isPrivate: row.is_private, body }
}
