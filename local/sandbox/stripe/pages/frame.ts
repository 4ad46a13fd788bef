import type { Context } from 'hono'
import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { type Html, hostedPage, hostedPagePolicy } from '../../hosted_page.ts'

/** A page as the browser gets it. */
export interface Page {
  readonly title: string
  readonly content: Html
  /** 200 when left out. */
  readonly status?: ContentfulStatusCode
}

/** Answers with a page. */
export function showPage(c: Context, { title, content, status = 200 }: Page): Response | Promise<Response> {
  return c.html(hostedPage({ title, kind: 'stripe', content }), status, { 'content-security-policy': hostedPagePolicy })
}

/** Stands above everything: nobody is to take the page for the real one. */
export const stage = html`<p class="stage">Sandbox, not the real Stripe: no money moves</p>`

/** What went wrong, told to whoever reads or listens; nothing when nothing did. */
export function trouble(text: string | null): Html {
  return text === null ? html`` : html`<p class="trouble" role="alert">${text}</p>`
}

/** What was done; nothing when nothing was. */
export function notice(text: string | null): Html {
  return text === null ? html`` : html`<p class="notice" role="status">${text}</p>`
}

/** A page that only says something. */
export function messagePage(options: {
  title: string
  text: string
  status: ContentfulStatusCode
  link?: { href: string; label: string } | null
}): Page {
  const { title, text, status, link = null } = options
  return {
    title,
    status,
    content: html`<div class="card message">
      ${stage}
      <h1>${title}</h1>
      <p>${text}</p>
      ${link === null ? '' : html`<p><a class="button" href="${link.href}">${link.label}</a></p>`}
    </div>`,
  }
}
