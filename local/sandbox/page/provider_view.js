import { clearCalls, loadTraffic, resendWebhook, resetProvider } from './api.js'
import { announce, arrange, copyButton, element } from './dom.js'
import { createActions } from './provider_actions.js'
import { createDials } from './provider_dials.js'
import { createCallEntry, createWebhookEntry } from './provider_entries.js'

/**
 * One provider: calls and webhooks, and at their side its buttons and dials.
 *
 * @param {{ onChange(): Promise<void> }} options
 */
export function createProviderView({ onChange }) {
  let provider = null
  let calls = []
  let webhooks = []
  const node = element('article', { class: 'provider-view', 'aria-label': 'Provider' })
  const callList = element('ul', { class: 'entries' })
  const webhookList = element('ul', { class: 'entries' })
  const noCalls = element('p', { class: 'quiet-note' })
  const noWebhooks = element('p', { class: 'quiet-note' }, 'None was sent yet.')
  const clearButton = element('button', { type: 'button', class: 'quiet' }, 'Clear')
  let actions = null
  let dials = null

  clearButton.addEventListener('click', async () => {
    await clearCalls(provider.name).catch(() => {})
    announce('Calls cleared')
  })

  function renderTraffic() {
    fill(callList, calls, (call) => createCallEntry(call, new URL(provider.url).pathname))
    fill(webhookList, webhooks, (webhook) => createWebhookEntry(webhook, resend))
    noCalls.hidden = calls.length > 0
    noWebhooks.hidden = webhooks.length > 0
    clearButton.disabled = calls.length === 0
  }

  async function resend(id) {
    announce('Sending the webhook again')
    await resendWebhook(id).catch(() => {})
  }

  async function reload() {
    if (provider === null) return
    const { name } = provider
    const traffic = await loadTraffic(name).catch(() => null)
    if (traffic === null || provider?.name !== name) return
    calls = traffic.calls
    webhooks = traffic.webhooks
    renderTraffic()
  }

  function build() {
    const resetButton = element('button', { type: 'button', class: 'quiet' }, 'Reset')
    resetButton.addEventListener('click', async () => {
      await resetProvider(provider.name).catch(() => {})
      announce(`${provider.title} is as at the start`)
    })
    actions = provider.actions.length > 0 ? createActions(provider) : null
    dials = createDials(provider, onChange)
    noCalls.textContent = 'None yet. What an adapter asks of this address appears here.'
    node.replaceChildren(
      element('a', { class: 'back', href: '#/providers' }, '‹ All providers'),
      element(
        'header',
        { class: 'provider-head' },
        element('h1', {}, provider.title),
        resetButton,
        element('p', {}, provider.description),
        element(
          'div',
          { class: 'base-url' },
          element('code', {}, provider.url),
          copyButton(provider.url, `address of ${provider.title}`),
        ),
      ),
      element(
        'div',
        { class: 'provider-body' },
        element(
          'div',
          {},
          block('Calls', clearButton, noCalls, callList),
          provider.actions.length > 0 ? block('Webhooks', null, noWebhooks, webhookList) : null,
        ),
        element(
          'div',
          { class: 'side' },
          actions ? block('Buttons', null, actions.node) : null,
          block('Dials', null, dials.node),
        ),
      ),
    )
    node.scrollTop = 0
  }

  return {
    node,
    reload,

    /** Shows a provider, or a hint when there is none. */
    open(opened) {
      if (opened !== null && opened.name === provider?.name) return
      provider = opened
      calls = []
      webhooks = []
      if (provider === null) {
        node.replaceChildren(element('p', { class: 'empty' }, 'Choose a provider to see what it was asked.'))
        return
      }
      build()
      renderTraffic()
      void reload()
    },

    /** Takes over what has changed about the provider that is shown. */
    update(changed) {
      if (changed === null || changed.name !== provider?.name) return
      provider = changed
      dials?.update(changed.dials)
      actions?.update(changed.actions)
    },

    addCall(call) {
      if (call.provider !== provider?.name) return
      calls = [call, ...calls.filter(({ id }) => id !== call.id)].slice(0, 200)
      renderTraffic()
    },

    setWebhook(webhook) {
      if (webhook.provider !== provider?.name) return
      const isKnown = webhooks.some(({ id }) => id === webhook.id)
      webhooks = isKnown ? webhooks.map((known) => (known.id === webhook.id ? webhook : known)) : [webhook, ...webhooks]
      renderTraffic()
    },
  }
}

function block(title, tool, ...content) {
  return element(
    'section',
    { class: 'block', 'aria-label': title },
    element('div', { class: 'block-head' }, element('h2', {}, title), tool),
    ...content,
  )
}

const shownVersions = new WeakMap()

/** Entries that are the same stay, so that what one has opened stays open; a changed one opens again. */
function fill(list, items, create) {
  const existing = new Map([...list.children].map((entry) => [entry.dataset.id, entry]))
  const entries = items.map((item) => {
    const version = JSON.stringify(item)
    const known = existing.get(item.id)
    if (known && shownVersions.get(known) === version) return known
    const entry = create(item)
    entry.dataset.id = item.id
    shownVersions.set(entry, version)
    if (known?.querySelector('details')?.open) entry.querySelector('details').open = true
    return entry
  })
  arrange(list, entries)
}
