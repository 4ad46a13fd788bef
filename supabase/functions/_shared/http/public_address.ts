import type { Env } from '../runtime/mod.ts'

/**
 * The address of a request as its caller knows it. What a function sees lacks the prefix, and its host is internal.
 *
 * @param requestUrl `c.req.url`
 */
export function publicAddress(env: Pick<Env, 'PUBLIC_URL'>, requestUrl: string): string {
  const { pathname, search } = new URL(requestUrl)
  return `${env.PUBLIC_URL}/functions/v1${pathname}${search}`
}
