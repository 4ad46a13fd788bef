import { clearRecordings, loadRecordings } from './api.js'
import { announce, arrange, element, formatMs, timeElement, toneOfStatus } from './dom.js'

/** Processor time that a hosted function has for one request. */
const hostedCpuMs = 2000
const shownCount = 200

/**
 * Requests that edge functions answered, newest first.
 *
 * @param {{ onCount(count: number): void }} options
 */
export function createFunctionsSection({ onCount }) {
  let recordings = []
  const searchField = element('input', {
    type: 'search',
    placeholder: 'Filter by path or status',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-label': 'Filter requests by path, method or status',
  })
  const clearButton = element('button', { type: 'button', class: 'quiet', disabled: true }, 'Clear')
  const rows = element('tbody')
  const table = element(
    'table',
    { class: 'requests' },
    element('caption', { class: 'visually-hidden' }, 'Requests of functions, newest first'),
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        element('th', { scope: 'col', class: 'when' }, 'Time'),
        element('th', { scope: 'col' }, 'Request'),
        element('th', { scope: 'col' }, 'Status'),
        element('th', { scope: 'col', class: 'number' }, 'Took'),
        element('th', { scope: 'col', class: 'number' }, 'CPU'),
      ),
    ),
    rows,
  )
  const empty = element('div', { class: 'empty' })
  const node = element(
    'section',
    { class: 'column wide', 'aria-label': 'Requests of functions' },
    element('h1', { class: 'visually-hidden' }, 'Requests of functions'),
    element('div', { class: 'list-tools', role: 'search' }, searchField, clearButton),
    element('div', { class: 'column-scroll', tabindex: '0', role: 'region', 'aria-label': 'Requests' }, table, empty),
  )

  function render() {
    const words = searchField.value.trim().toLowerCase()
    const matching = recordings.filter(
      ({ method, path, status }) => !words || `${method} ${path} ${status}`.toLowerCase().includes(words),
    )
    const existing = new Map([...rows.children].map((row) => [row.dataset.id, row]))
    arrange(
      rows,
      matching.slice(0, shownCount).map((one) => existing.get(one.id) ?? createRow(one)),
    )
    table.hidden = matching.length === 0
    empty.hidden = matching.length > 0
    if (matching.length === 0) empty.replaceChildren(...explain(words))
    clearButton.disabled = recordings.length === 0
    onCount(recordings.length)
    if (node.isConnected) document.title = 'Functions · Atrium sandbox'
  }

  searchField.addEventListener('input', render)
  clearButton.addEventListener('click', async () => {
    await clearRecordings().catch(() => {})
    announce('Requests cleared')
    searchField.focus()
  })

  return {
    id: 'functions',
    title: 'Functions',
    node,
    show: render,
    events: {
      async ready() {
        recordings = await loadRecordings().catch(() => recordings)
        render()
      },
      recording(recording) {
        recordings = [recording, ...recordings.filter(({ id }) => id !== recording.id)].slice(0, 500)
        render()
      },
      recordings_cleared() {
        recordings = []
        render()
      },
    },
  }
}

function createRow({ id, at, method, path, status, durationMs, cpuMs }) {
  const isOver = cpuMs !== null && cpuMs > hostedCpuMs
  return element(
    'tr',
    { 'data-id': id },
    element('td', { class: 'when' }, timeElement(at, { isExact: true })),
    element('td', { class: 'where' }, element('span', { class: 'verb' }, method), ' ', element('code', {}, path)),
    element('td', {}, element('span', { class: `badge ${toneOfStatus(status)}` }, String(status))),
    element('td', { class: 'number' }, formatMs(durationMs)),
    element(
      'td',
      { class: isOver ? 'number over' : 'number' },
      cpuMs === null ? '–' : formatMs(cpuMs),
      isOver ? element('span', { class: 'visually-hidden' }, ' more than a hosted function may use') : null,
    ),
  )
}

function explain(words) {
  if (words) return [element('h2', {}, 'Nothing found'), element('p', {}, `No request has “${words}” in it.`)]
  return [
    element('h2', {}, 'No request yet'),
    element('p', {}, 'Requests and webhooks that edge functions answer appear here, with what they cost.'),
  ]
}
