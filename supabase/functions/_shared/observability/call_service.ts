import type { Env } from '../runtime/mod.ts'

/** Settings that a call of the backend's own API needs. */
export type ServiceEnv = Pick<Env, 'SUPABASE_URL' | 'SUPABASE_SECRET_KEYS' | 'SUPABASE_SERVICE_ROLE_KEY'>

/** The headers that give a request the rights of the backend. */
export function serviceHeaders(env: ServiceEnv): Record<string, string> {
  const key = env.SUPABASE_SECRET_KEYS.default ?? env.SUPABASE_SERVICE_ROLE_KEY ?? ''
  // An older key is a token and must be shown as one; a newer one must not.
  return key.startsWith('eyJ') ? { apikey: key, authorization: `Bearer ${key}` } : { apikey: key }
}

/**
 * Calls a function of the API with the rights of the backend, outside of any request.
 *
 * @param options.timeoutMs 3 seconds when left out
 * @returns its answer, unchecked
 * @throws {Error} naming the function and the status
 */
export async function callService(
  env: ServiceEnv,
  name: string,
  parameters: object,
  options: { fetch?: typeof fetch; timeoutMs?: number } = {},
): Promise<unknown> {
  const response = await (options.fetch ?? fetch)(`${env.SUPABASE_URL}/rest/v1/rpc/${name}`, {
    method: 'POST',
    headers: { ...serviceHeaders(env), 'content-type': 'application/json' },
    body: JSON.stringify(parameters),
    signal: AbortSignal.timeout(options.timeoutMs ?? 3000),
  })
  if (!response.ok) {
    await response.body?.cancel()
    throw new Error(`Cannot call ${name}: the API answered ${response.status}`)
  }
  return response.status === 204 ? null : response.json()
}
