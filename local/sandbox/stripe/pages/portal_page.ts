import { html } from 'hono/html'
import type { Html } from '../../hosted_page.ts'
import { notice, type Page, stage, trouble } from './frame.ts'

/** A colour of {@link Badge}: good, needs a look, or over. */
export type Mood = 'good' | 'wait' | 'bad' | 'plain'

/** A word about a state. */
export interface Badge {
  readonly label: string
  readonly mood: Mood
}

/** A subscription in the portal. */
export interface PortalSubscription {
  readonly id: string
  readonly title: string
  /** Such as "$20.00 per month". */
  readonly price: string
  readonly badge: Badge
  /** When it renews, ends or what is wrong with it. */
  readonly note: string | null
  /** Pages below the portal's own address; null for what may not be done. */
  readonly updatePath: string | null
  readonly cancelPath: string | null
  readonly resumePath: string | null
}

/** A saved card in the portal. */
export interface PortalCard {
  readonly label: string
  readonly expiry: string
  readonly isDefault: boolean
  readonly defaultPath: string
  /** Null for one that a subscription needs. */
  readonly removePath: string | null
}

/** An invoice in the portal. */
export interface PortalInvoice {
  readonly date: string
  readonly number: string
  readonly amount: string
  readonly badge: Badge
  /** Its own page; null for a draft. */
  readonly url: string | null
}

/** What the first page of the portal shows. */
export interface PortalView {
  /** Where forms and links of this portal begin. */
  readonly base: string
  readonly headline: string
  readonly customer: string
  readonly returnUrl: string | null
  readonly subscriptions: readonly PortalSubscription[]
  /** Null when the configuration hides cards. */
  readonly cards: readonly PortalCard[] | null
  /** Null when the configuration hides invoices. */
  readonly invoices: readonly PortalInvoice[] | null
  readonly trouble: string | null
  readonly notice: string | null
}

/** The first page of the customer portal. */
export function portalPage(view: PortalView): Page {
  return {
    title: view.headline,
    content: html`<div class="columns">
      <section class="summary" aria-label="Portal">
        ${stage}
        <h1>${view.headline}</h1>
        <p class="soft">${view.customer}</p>
        ${backLink(view.returnUrl)}
      </section>
      <div class="stack">
        ${trouble(view.trouble)} ${notice(view.notice)} ${subscriptions(view)} ${cards(view)} ${invoices(view)}
      </div>
    </div>`,
  }
}

/** Leads back to the shop. */
export function backLink(url: string | null): Html {
  return url === null ? html`` : html`<p><a class="back" href="${url}">← Return to ${new URL(url).host}</a></p>`
}

/** A word about a state, coloured. */
export function badge({ label, mood }: Badge): Html {
  return html`<span class="badge ${mood}">${label}</span>`
}

function subscriptions({ base, subscriptions: shown }: PortalView): Html {
  return html`<section class="card" aria-labelledby="subscriptions">
    <h2 id="subscriptions">Current subscription</h2>
    ${shown.length === 0 ? html`<p class="soft">There is no subscription.</p>` : ''}
    ${shown.map((one) => subscription(base, one))}
  </section>`
}

function subscription(base: string, one: PortalSubscription): Html {
  return html`<article class="subscription">
    <div>
      <h3>${one.title} ${badge(one.badge)}</h3>
      <p class="amount">${one.price}</p>
      ${one.note === null ? '' : html`<p class="soft">${one.note}</p>`}
    </div>
    <div class="buttons">
      ${one.updatePath === null ? '' : html`<a class="button primary" href="${base}${one.updatePath}">Change plan</a>`}
      ${
        one.resumePath === null
          ? ''
          : html`<form method="post" action="${base}${one.resumePath}">
              <button class="primary">Keep subscription</button>
            </form>`
      }
      ${one.cancelPath === null ? '' : html`<a class="button" href="${base}${one.cancelPath}">Cancel subscription</a>`}
    </div>
  </article>`
}

function cards({ base, cards: shown }: PortalView): Html {
  if (shown === null) return html``
  return html`<section class="card" aria-labelledby="cards">
    <h2 id="cards">Cards</h2>
    ${
      shown.length === 0
        ? html`<p class="soft">No card is saved.</p>`
        : html`<ul class="rows">
            ${shown.map((card) => cardRow(base, card))}
          </ul>`
    }
    <p><a class="button" href="${base}/cards/new">Add a card</a></p>
  </section>`
}

function cardRow(base: string, card: PortalCard): Html {
  const button = (path: string, label: string) =>
    html`<form method="post" action="${base}${path}">
      <button aria-label="${label}: ${card.label}">${label}</button>
    </form>`
  return html`<li>
    <div>
      ${card.label} ${card.isDefault ? badge({ label: 'Default', mood: 'good' }) : ''}
      <p class="soft">Expires ${card.expiry}</p>
    </div>
    <div class="buttons">
      ${card.isDefault ? '' : button(card.defaultPath, 'Make default')}
      ${card.removePath === null ? '' : button(card.removePath, 'Remove')}
    </div>
  </li>`
}

function invoices({ invoices: shown }: PortalView): Html {
  if (shown === null) return html``
  return html`<section class="card" aria-labelledby="invoices">
    <h2 id="invoices">Invoices</h2>
    ${
      shown.length === 0
        ? html`<p class="soft">There is no invoice yet.</p>`
        : html`<table class="invoices">
            <thead>
              <tr>
                <th scope="col">Date</th>
                <th scope="col">Number</th>
                <th scope="col">Amount</th>
                <th scope="col">State</th>
              </tr>
            </thead>
            <tbody>
              ${shown.map(
                (invoice) =>
                  html`<tr>
                    <td>${invoice.date}</td>
                    <td>${invoice.url === null ? invoice.number : html`<a href="${invoice.url}">${invoice.number}</a>`}</td>
                    <td>${invoice.amount}</td>
                    <td>${badge(invoice.badge)}</td>
                  </tr>`,
              )}
            </tbody>
          </table>`
    }
  </section>`
}
