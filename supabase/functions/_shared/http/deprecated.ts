import type { MiddlewareHandler } from 'hono'

/** What callers of an ageing route are told with each answer. */
export interface DeprecationNotice {
  /** Since when it should not be used any more. */
  readonly since: Date
  /** When it may stop to answer. */
  readonly sunset: Date
  /** Page that says what to use instead. */
  readonly link: string
  /** Path that replaces it, where there is one. */
  readonly successor?: string
}

/**
 * Marks a route as deprecated (RFC 9745) with the day it ends (RFC 8594). Set `deprecated: true` in the route as well, so
 * that the API document says so.
 *
 * @example middleware: [apiCaller(callers), deprecated({ since, sunset, link: 'https://docs.example/v2' })] as const
 */
export function deprecated({ since, sunset, link, successor }: DeprecationNotice): MiddlewareHandler {
  const links = [
    `<${link}>; rel="deprecation"; type="text/html"`,
    `<${link}>; rel="sunset"; type="text/html"`,
    ...(successor ? [`<${successor}>; rel="successor-version"`] : []),
  ]
  return async (c, next) => {
    await next()
    c.res.headers.set('deprecation', `@${Math.floor(since.getTime() / 1000)}`)
    c.res.headers.set('sunset', sunset.toUTCString())
    for (const value of links) c.res.headers.append('link', value)
  }
}
