import { z } from 'zod'

/** `[realtime]` of config.toml with the CLI's defaults. */
export const realtimeSection = z.object({
  enabled: z.boolean().default(true),
  /** Hosted it is a switch of the project's settings: only private channels may be joined. */
  private_only: z.boolean().default(false),
})

/** Settings of `[realtime]`. */
export type RealtimeConfig = z.infer<typeof realtimeSection>

/** What the service allows; the hosted service has the same limits for each project. */
export interface RealtimeLimits {
  /** Sockets at one time. */
  readonly connections: number
  readonly channelsPerConnection: number
  /** Average over the last minute, all sockets together. */
  readonly joinsPerSecond: number
  /** Messages in and out, average over the last minute. */
  readonly eventsPerSecond: number
  readonly presenceEventsPerSecond: number
  /** How often one channel of a client may track or untrack within {@link presenceWindowMs}. */
  readonly presenceCallsPerWindow: number
  readonly presenceWindowMs: number
  /** Bytes of one broadcast or presence payload. */
  readonly payloadBytes: number
  /** Bytes of one WebSocket frame; a longer one closes the socket. */
  readonly frameBytes: number
  /** Bytes that may wait for one slow reader before its socket is cut. */
  readonly bufferedBytes: number
  /** A socket that sent nothing for so long is taken for dead; clients send a heartbeat every 25 s. */
  readonly silenceMs: number
}

/** Limits of a hosted project on the paid plan. */
export const defaultLimits: RealtimeLimits = {
  connections: 10_000,
  channelsPerConnection: 100,
  joinsPerSecond: 2_500,
  eventsPerSecond: 2_500,
  presenceEventsPerSecond: 1_000,
  presenceCallsPerWindow: 5,
  presenceWindowMs: 30_000,
  payloadBytes: 3_000_000,
  frameBytes: 8_000_000,
  bufferedBytes: 16_000_000,
  silenceMs: 60_000,
}
