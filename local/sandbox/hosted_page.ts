import { html } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

/** Escaped markup, as `html` makes it. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

/**
 * Policy of a page that plays a provider's. It has no `form-action`: browsers hold it against every redirect that
 * follows the form, and those lead to wherever the client lives. What the page shows is escaped, and it runs nothing.
 */
export const hostedPagePolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * The document around a provider's page.
 *
 * @param options.kind class of the body, and the style sheet of that name
 */
export function hostedPage(options: { title: string; kind: string; content: Html }): Html {
  const { title, kind, content } = options
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Atrium sandbox</title>
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/base.css" />
        <link rel="stylesheet" href="/controls.css" />
        <link rel="stylesheet" href="/${kind}.css" />
      </head>
      <body class="${kind}">
        <main>${content}</main>
      </body>
    </html>`
}
