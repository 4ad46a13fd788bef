import type { ServerResponse } from 'node:http'

/** An answer that the platform gives in place of the function, with the hosted codes, statuses and texts. */
export interface PlatformError {
  readonly status: number
  readonly code: string
  readonly message: string
}

/** The answers of the platform. Codes and texts are those of hosted edge functions. */
export const platformErrors = {
  notFound: { status: 404, code: 'NOT_FOUND', message: 'Requested function was not found' },
  methodNotAllowed: { status: 405, code: 'METHOD_NOT_ALLOWED', message: 'Method not allowed' },
  noAuthHeader: { status: 401, code: 'UNAUTHORIZED_NO_AUTH_HEADER', message: 'Missing authorization header' },
  invalidJwtFormat: { status: 401, code: 'UNAUTHORIZED_INVALID_JWT_FORMAT', message: 'Invalid JWT format' },
  invalidAsymmetricJwt: { status: 401, code: 'UNAUTHORIZED_ASYMMETRIC_JWT', message: 'Invalid JWT' },
  invalidLegacyJwt: { status: 401, code: 'UNAUTHORIZED_LEGACY_JWT', message: 'Invalid JWT' },
  workerError: {
    status: 500,
    code: 'WORKER_ERROR',
    message: 'Function exited due to an error (please check logs)',
  },
  bootError: { status: 503, code: 'BOOT_ERROR', message: 'Function failed to start (please check logs)' },
  restarting: {
    status: 503,
    code: 'SERVICE_UNAVAILABLE',
    message: 'Function is restarting after an error (please check logs)',
  },
  workerLimit: {
    status: 546,
    code: 'WORKER_LIMIT',
    message: 'Function failed due to not having enough compute resources (please check logs)',
  },
} as const satisfies Record<string, PlatformError>

/** The answer to a request that ran into the wall-clock limit. */
export function idleTimeout(limitMs: number): PlatformError {
  return {
    status: 504,
    code: 'IDLE_TIMEOUT',
    message: `Request idle timeout limit (${Math.round(limitMs / 1000)}s) reached`,
  }
}

/** Sends a platform error; does nothing but cut the connection when the answer has already begun. */
export function sendPlatformError(response: ServerResponse, error: PlatformError): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const body = JSON.stringify({ code: error.code, message: error.message })
  response.writeHead(error.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'sb-error-code': error.code,
    'x-served-by': 'supabase-edge-runtime',
    ...(error.status === 503 ? { 'retry-after': '1' } : {}),
  })
  response.end(body)
}
