import { z } from 'zod'

/** Protocol versions of Phoenix channels: messages as objects (1.0.0) or as arrays and binary frames (2.0.0). */
export type ProtocolVersion = '1.0.0' | '2.0.0'

/** One WebSocket message, ready to be sent to any number of sockets. */
export interface Frame {
  /** Payload of the message. */
  readonly bytes: Buffer
  readonly isBinary: boolean
  /** The payload with WebSocket's own header in front, as it goes over the wire. */
  readonly wire: Buffer
}

/** Body of a broadcast as it came: kept in bytes, because most of it is only passed on. */
export type BroadcastBody =
  /** The whole payload of the message, `{ type, event, payload }` by convention. */
  | { readonly kind: 'whole'; readonly json: string }
  /** Event and payload apart, the payload as JSON text. */
  | { readonly kind: 'json'; readonly event: string; readonly json: string; readonly meta: object | null }
  /** Event and payload apart, the payload as bytes; sockets of 1.0.0 cannot receive it. */
  | { readonly kind: 'binary'; readonly event: string; readonly bytes: Buffer; readonly meta: object | null }

/** A message from a client. */
export interface ClientMessage {
  readonly joinRef: string | null
  readonly ref: string | null
  readonly topic: string
  readonly event: string
  /** A JSON value, or a broadcast that came in a binary frame. */
  readonly payload: unknown
  readonly broadcast: BroadcastBody | null
  /** What the client says about a broadcast besides its payload, such as `persist`. */
  readonly metadata: Readonly<Record<string, unknown>>
}

/** A frame that is no message of the protocol; the socket is closed, as Phoenix does. */
export class ProtocolError extends Error {}

const ref = z.union([z.string(), z.number().transform(String), z.null()]).default(null)
const objectMessage = z.object({
  topic: z.string(),
  event: z.string(),
  payload: z.unknown(),
  ref,
  join_ref: ref,
})
const arrayMessage = z.tuple([ref, ref, z.string(), z.string(), z.unknown()]).rest(z.unknown())
const metadataShape = z.record(z.string(), z.unknown())

const userBroadcastPush = 3
const userBroadcast = 4
const jsonEncoding = 1
const headerLength = 7
const longestField = 255

/**
 * Reads a frame.
 *
 * @throws {ProtocolError}
 */
export function decodeMessage(bytes: Buffer, isBinary: boolean, version: ProtocolVersion): ClientMessage {
  if (isBinary) {
    if (version === '1.0.0') throw new ProtocolError('protocol 1.0.0 has no binary frames')
    return decodeBroadcastPush(bytes)
  }
  const value = parseJson(bytes.toString('utf8'))
  const rest = { broadcast: null, metadata: {} }
  if (version === '1.0.0') {
    const parsed = objectMessage.safeParse(value)
    if (!parsed.success) throw new ProtocolError('expected an object with topic, event and payload')
    const { topic, event, payload } = parsed.data
    return { joinRef: parsed.data.join_ref, ref: parsed.data.ref, topic, event, payload, ...rest }
  }
  const parsed = arrayMessage.safeParse(value)
  if (!parsed.success) throw new ProtocolError('expected an array of join_ref, ref, topic, event and payload')
  const [joinRef, messageRef, topic, event, payload] = parsed.data
  return { joinRef, ref: messageRef, topic, event, payload, ...rest }
}

/** The client's binary broadcast: seven lengths and kinds, the texts, then the payload. */
function decodeBroadcastPush(bytes: Buffer): ClientMessage {
  if (bytes[0] !== userBroadcastPush || bytes.length < headerLength) {
    throw new ProtocolError('unknown kind of binary frame')
  }
  let offset = headerLength
  const text = (index: number): string => {
    const end = offset + (bytes[index] ?? 0)
    if (end > bytes.length) throw new ProtocolError('binary frame is shorter than it says')
    const value = bytes.toString('utf8', offset, end)
    offset = end
    return value
  }
  const [joinRef, messageRef, topic, event, metadata] = [text(1), text(2), text(3), text(4), text(5)]
  const payload = bytes.subarray(offset)
  const parsedMetadata = metadataShape.safeParse(metadata === '' ? {} : parseJson(metadata))
  if (!parsedMetadata.success) throw new ProtocolError('metadata of a broadcast must be an object')
  return {
    joinRef: joinRef === '' ? null : joinRef,
    ref: messageRef === '' ? null : messageRef,
    topic,
    event: 'broadcast',
    payload: null,
    broadcast:
      bytes[6] === jsonEncoding
        ? { kind: 'json', event, json: requireJson(payload.toString('utf8')), meta: null }
        : { kind: 'binary', event, bytes: payload, meta: null },
    metadata: parsedMetadata.data,
  }
}

/** Whoever receives it parses it, so a text that is no JSON would break every client of the channel. */
function requireJson(text: string): string {
  parseJson(text)
  return text
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ProtocolError('message is not JSON')
  }
}

/** Encodes a message of the server to one socket. */
export function encodeMessage(
  version: ProtocolVersion,
  message: { joinRef: string | null; ref: string | null; topic: string; event: string; payload: unknown },
): Frame {
  const { joinRef, ref: messageRef, topic, event, payload } = message
  const value =
    version === '1.0.0' ? { topic, event, payload, ref: messageRef } : [joinRef, messageRef, topic, event, payload]
  return toFrame(false, [Buffer.from(JSON.stringify(value))])
}

/**
 * Encodes a broadcast to every socket of one version.
 *
 * @returns null where that version cannot express it
 */
export function encodeBroadcast(version: ProtocolVersion, topic: string, body: BroadcastBody): Frame | null {
  const event = body.kind === 'whole' ? '' : body.event
  const fits = [topic, event].every((text) => Buffer.byteLength(text) <= longestField)
  if (body.kind !== 'whole' && version === '2.0.0' && fits) return encodeUserBroadcast(topic, body)
  if (body.kind === 'binary') return null
  const payload = body.kind === 'whole' ? body.json : wholePayload(body)
  const text =
    version === '1.0.0'
      ? `{"topic":${JSON.stringify(topic)},"event":"broadcast","payload":${payload},"ref":null}`
      : `[null,null,${JSON.stringify(topic)},"broadcast",${payload}]`
  return toFrame(false, [Buffer.from(text)])
}

function wholePayload({ event, json, meta }: { event: string; json: string; meta: object | null }): string {
  const tail = meta ? `,"meta":${JSON.stringify(meta)}` : ''
  return `{"type":"broadcast","event":${JSON.stringify(event)},"payload":${json}${tail}}`
}

function encodeUserBroadcast(topic: string, body: Exclude<BroadcastBody, { kind: 'whole' }>): Frame {
  const metadata = body.meta ? JSON.stringify(body.meta) : ''
  const texts = [topic, body.event, metadata].map((text) => Buffer.from(text))
  const payload = body.kind === 'json' ? Buffer.from(body.json) : body.bytes
  const header = Buffer.from([
    userBroadcast,
    ...texts.map(({ length }) => length),
    body.kind === 'json' ? jsonEncoding : 0,
  ])
  return toFrame(true, [header, ...texts, payload])
}

/** Puts WebSocket's header in front once, instead of once for each receiver: final, uncompressed, not masked. */
function toFrame(isBinary: boolean, parts: readonly Buffer[]): Frame {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
  header[0] = isBinary ? 0x82 : 0x81
  if (header.length === 2) header[1] = length
  else if (header.length === 4) {
    header[1] = 126
    header.writeUInt16BE(length, 2)
  } else {
    header[1] = 127
    header.writeBigUInt64BE(BigInt(length), 2)
  }
  const wire = Buffer.concat([header, ...parts])
  return { bytes: wire.subarray(header.length), isBinary, wire }
}

/** Bytes of a broadcast's payload, which the limit is about. */
export function payloadBytes(body: BroadcastBody): number {
  return body.kind === 'binary' ? body.bytes.length : Buffer.byteLength(body.json)
}
