import { loadProviders } from './api.js'
import { element } from './dom.js'
import { createProviderView } from './provider_view.js'

/** The doubles of the outside world: who there is, what each was asked, and how each is to misbehave. */
export function createProvidersSection() {
  let providers = []
  let openName = null
  const rows = element('ul')
  const list = element('nav', { class: 'provider-list', 'aria-label': 'Providers' }, rows)
  const view = createProviderView({ onChange: load })
  const node = element('div', { class: 'providers' }, list, view.node)

  rows.addEventListener('keydown', (event) => {
    const links = [...rows.querySelectorAll('a')]
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    const target = links[links.indexOf(document.activeElement) + step]
    if (!step || !target) return
    event.preventDefault()
    target.focus()
  })

  function render() {
    const focused = document.activeElement?.closest('.provider-list a')?.dataset.name
    rows.replaceChildren(...providers.map((provider) => createRow(provider, provider.name === openName)))
    if (focused) rows.querySelector(`a[data-name="${CSS.escape(focused)}"]`)?.focus()
    node.classList.toggle('is-reading', openName !== null)
    const open = providers.find(({ name }) => name === openName) ?? null
    if (node.isConnected) document.title = `${open ? `${open.title} · ` : ''}Providers · Atrium sandbox`
    return open
  }

  async function load() {
    providers = await loadProviders().catch(() => providers)
    view.update(render())
  }

  // Many calls in a moment make one question, not many.
  let timer = null
  function loadSoon() {
    if (timer !== null) return
    timer = setTimeout(() => {
      timer = null
      void load()
    }, 100)
  }

  addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !node.isConnected || openName === null) return
    if (event.target.closest?.('input, textarea, select')) return
    const name = openName
    location.hash = '#/providers'
    rows.querySelector(`a[data-name="${CSS.escape(name)}"]`)?.focus()
  })

  return {
    id: 'providers',
    title: 'Providers',
    node,
    show([name = '']) {
      openName = name || null
      view.open(render())
    },
    events: {
      async ready() {
        await load()
        view.open(render())
      },
      provider_call(call) {
        view.addCall(call)
        loadSoon()
      },
      provider_changed({ name }) {
        if (name === openName) view.reload()
        loadSoon()
      },
      webhook: (webhook) => view.setWebhook(webhook),
      sms: loadSoon,
    },
  }
}

function createRow({ name, title, callCount, dials }, isOpen) {
  const calls = callCount === 0 ? '' : callCount === 1 ? '1 call' : `${callCount} calls`
  return element(
    'li',
    {},
    element(
      'a',
      { href: `#/providers/${name}`, 'data-name': name, 'aria-current': isOpen ? 'true' : null },
      element('span', {}, title),
      areDialsSet(dials) ? element('span', { class: 'badge wait' }, 'misbehaves') : null,
      element('span', { class: 'calls' }, calls),
    ),
  )
}

/** Whether the dials change anything. */
export function areDialsSet(dials) {
  return (
    dials.failNext > 0 ||
    dials.failRate > 0 ||
    dials.latencyMs > 0 ||
    dials.timeOutNext > 0 ||
    dials.rejectRecipients.length > 0
  )
}
