import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** What the gateway knows about a request when it hands it to a service. */
export interface RequestContext {
  /** Path and query with the service's prefix (`/rest/v1`) removed; always starts with `/`. */
  readonly path: string
  /**
   * The token the request acts with: the `Authorization` bearer, or, when that is missing or only repeats an API key,
   * the token of the role that the API key stands for. Null when the request carries neither.
   */
  readonly bearer: string | null
  /** Role of the API key; null when no key was sent (only routes that need none get such requests). */
  readonly apiKeyRole: 'anon' | 'service_role' | null
  /** Address of the client, from the socket or the first `x-forwarded-for` hop. */
  readonly clientIp: string
  /** Id of the request, echoed as `sb-request-id`. */
  readonly requestId: string
}

/** One service behind the gateway. `handle` answers every request, errors included, and never rejects. */
export interface Service {
  handle(request: IncomingMessage, response: ServerResponse, context: RequestContext): Promise<void>
  /** Ends connections and timers; resolves when nothing of the service runs any more. */
  close(): Promise<void>
}

/** A service that also takes over sockets, for WebSockets. */
export interface UpgradingService extends Service {
  /** Answers a request to switch protocols, refusals included. The API key is known to be valid. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, context: RequestContext): void
  /** Tells the clients of all such sockets that the service stops. */
  disconnect(): void
}

/** Claims of a verified access token. */
export type Claims = Readonly<Record<string, unknown>> & { readonly role?: string; readonly sub?: string }

/** A token that was not accepted. `reason` lets each service answer with its own protocol's error. */
export class TokenError extends Error {
  readonly reason: 'malformed' | 'signature' | 'expired' | 'not-yet-valid' | 'audience'
  constructor(reason: TokenError['reason'], message: string) {
    super(message)
    this.name = 'TokenError'
    this.reason = reason
  }
}
