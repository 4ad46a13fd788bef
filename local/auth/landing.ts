import { type AuthError, OAuthError, oauthErrorName } from './errors.ts'

/**
 * The address that tells the page what went wrong.
 *
 * @param options.inQuery repeats the error where servers can read it, as flows with PKCE and OAuth expect
 */
export function withError(target: string, error: AuthError | OAuthError, options: { inQuery: boolean }): string {
  const parameters = new URLSearchParams()
  const name = error instanceof OAuthError ? error.error : oauthErrorName(error.status)
  if (name) parameters.set('error', name)
  if (!(error instanceof OAuthError)) parameters.set('error_code', error.code)
  parameters.set('error_description', error.message)
  const { base, query } = takeApart(target)
  if (options.inQuery) for (const [key, value] of parameters) query.set(key, value)
  return `${base}${options.inQuery ? `?${query}` : ''}#${parameters}`
}

/** The address that tells the page what happened without signing in. */
export function withMessage(target: string, message: string, isPkce: boolean): string {
  const parameters = new URLSearchParams({ message })
  const { base, query } = takeApart(target)
  if (isPkce) query.set('message', message)
  return `${base}${query.size > 0 ? `?${query}` : ''}#${parameters}`
}

/** The address with the code that the client exchanges (PKCE). */
export function withCode(target: string, code: string): string {
  const { base, query } = takeApart(target)
  query.set('code', code)
  return `${base}?${query}`
}

/** By hand, because the scheme of an app (`com.my_app://`) need not be one that `URL` reads. */
function takeApart(target: string): { base: string; query: URLSearchParams } {
  const [base = '', query = ''] = (target.split('#')[0] ?? '').split(/\?(.*)/s)
  return { base, query: new URLSearchParams(query) }
}
