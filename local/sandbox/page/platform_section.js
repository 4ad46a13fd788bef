import { loadPlatform } from './api.js'
import { arrange, element, timeElement } from './dom.js'

const refreshMs = 2000

const tones = {
  succeeded: 'good',
  processed: 'good',
  resolved: 'good',
  failed: 'wait',
  pending: 'wait',
  dead: 'bad',
  firing: 'bad',
}

const groups = [
  { key: 'jobs', title: 'Jobs', none: 'No job yet. Whatever outlives a request becomes one.' },
  { key: 'webhookEvents', title: 'Webhook events', none: 'No provider has sent a webhook yet.' },
  { key: 'alerts', title: 'Alerts', none: 'Nothing has gone wrong so far.' },
]

/** What the stack works on: jobs, webhooks that came in, alerts. Asked again while it is looked at. */
export function createPlatformSection() {
  let timer
  const parts = groups.map((group) => ({ ...group, ...createTable(group.title) }))
  const trouble = element('div', { class: 'empty' })
  trouble.hidden = true
  const content = element('div', {}, ...parts.flatMap(({ heading, table, empty }) => [heading, table, empty]))
  const node = element(
    'section',
    { class: 'column wide platform', 'aria-label': 'Platform' },
    element('h1', { class: 'visually-hidden' }, 'Platform'),
    element(
      'div',
      { class: 'column-scroll', tabindex: '0', role: 'region', 'aria-label': 'Jobs, webhook events and alerts' },
      content,
      trouble,
    ),
  )

  async function refresh() {
    clearTimeout(timer)
    try {
      const overview = await loadPlatform()
      for (const { key, rows, table, empty, none } of parts) fill(overview[key], rows, table, empty, none)
      content.hidden = false
      trouble.hidden = true
    } catch (error) {
      content.hidden = true
      trouble.hidden = false
      trouble.replaceChildren(element('h2', {}, error.message), element('p', {}, error.hint ?? 'It is asked again.'))
    }
    if (node.isConnected) timer = setTimeout(refresh, refreshMs)
  }

  return {
    id: 'platform',
    title: 'Platform',
    node,
    show() {
      document.title = 'Platform · Atrium sandbox'
      refresh()
    },
    events: {},
  }
}

function createTable(title) {
  const rows = element('tbody')
  const heads = ['Time', 'What', 'State', 'Detail'].map((name) => element('th', { scope: 'col' }, name))
  const table = element(
    'table',
    { class: 'requests' },
    element('caption', { class: 'visually-hidden' }, `${title}, newest first`),
    element('thead', {}, element('tr', {}, ...heads)),
    rows,
  )
  return { heading: element('h2', {}, title), table, rows, empty: element('p', { class: 'soft' }) }
}

function fill(entries, rows, table, empty, none) {
  table.hidden = entries.length === 0
  empty.hidden = entries.length > 0
  empty.textContent = none
  const existing = new Map([...rows.children].map((row) => [row.dataset.version, row]))
  arrange(
    rows,
    entries.map((entry) => {
      const version = JSON.stringify(entry)
      return existing.get(version) ?? createRow(entry, version)
    }),
  )
}

function createRow({ name, state, at, detail }, version) {
  return element(
    'tr',
    { 'data-version': version },
    element('td', { class: 'when' }, timeElement(at, { isExact: true })),
    element('td', {}, element('code', {}, name)),
    element('td', {}, element('span', { class: `badge ${tones[state] ?? ''}` }, state)),
    element('td', { class: 'where' }, detail ?? ''),
  )
}
