/** A request's place in a distributed trace, as W3C Trace Context has it. */
export interface Trace {
  /** 32 hexadecimal digits that all services of one action share. */
  readonly traceId: string
  /** 16 hexadecimal digits of this request alone. */
  readonly spanId: string
  /** Span of the caller; null when the trace begins here. */
  readonly parentId: string | null
  readonly isSampled: boolean
  /** The `traceparent` of calls that this request makes and of its answer. */
  readonly header: string
}

const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/**
 * Continues the caller's trace, or begins one when there is none or it cannot be read.
 *
 * @param traceparent header of the request
 */
export function continueTrace(traceparent: string | null | undefined): Trace {
  const caller = parse(traceparent ?? '')
  const traceId = caller?.traceId ?? randomHex(16)
  const spanId = randomHex(8)
  const isSampled = caller?.isSampled ?? false
  return {
    traceId,
    spanId,
    parentId: caller?.parentId ?? null,
    isSampled,
    header: `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`,
  }
}

function parse(traceparent: string): { traceId: string; parentId: string; isSampled: boolean } | null {
  const [, version, traceId = '', parentId = '', flags = '', rest] = pattern.exec(traceparent) ?? []
  // Later versions may add fields at the end; version 00 has none, and ff is none at all.
  if (!version || version === 'ff' || (version === '00' && rest !== undefined)) return null
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return null
  return { traceId, parentId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  )
}
