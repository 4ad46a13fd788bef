import { clearSms, deleteSms, loadSms } from './api.js'
import { announce, arrange, copyButton, element, timeElement } from './dom.js'

const searchDelayMs = 150

/**
 * Text messages, newest first.
 *
 * @param {{ onCount(count: number): void }} options
 */
export function createSmsSection({ onCount }) {
  let messages = []
  let next = null
  let total = 0
  let search = ''
  const unseen = new Set()

  const searchField = element('input', {
    type: 'search',
    id: 'sms-search',
    placeholder: 'Search number or text',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-label': 'Search text messages by number or text',
  })
  const clearButton = element('button', { type: 'button', class: 'quiet', disabled: true }, 'Delete all')
  const list = element('ul', { class: 'messages' })
  const more = element('button', { type: 'button', class: 'quiet more' }, 'Show older messages')
  const empty = element('div', { class: 'empty' })
  const node = element(
    'section',
    { class: 'column', 'aria-label': 'Text messages' },
    element('h1', { class: 'visually-hidden' }, 'Text messages'),
    element('div', { class: 'list-tools', role: 'search' }, searchField, clearButton),
    element('div', { class: 'column-scroll' }, list, more, empty),
  )

  function render() {
    // Cards that are the same stay, and with them the focus and the place one has scrolled to.
    const existing = new Map([...list.children].map((card) => [card.dataset.key, card]))
    const cards = messages.map((sms) => existing.get(keyOf(sms)) ?? createCard(sms, remove))
    arrange(list, cards)
    cards.forEach((card, index) => {
      card.classList.toggle('is-new', unseen.has(messages[index].id))
    })
    more.hidden = next === null
    empty.hidden = messages.length > 0
    if (messages.length === 0) empty.replaceChildren(...(search ? noMatch(search) : noMessages()))
    clearButton.disabled = total === 0 || search !== ''
    if (!search) onCount(total)
    if (node.isConnected) document.title = `${unseen.size > 0 ? `(${unseen.size}) ` : ''}SMS · Atrium sandbox`
  }

  // Answers may overtake each other; only the newest question counts.
  let question = 0
  async function loadPage(before = null) {
    const mine = ++question
    const page = await loadSms({ search, before }).catch(() => null)
    if (mine !== question || page === null) return
    messages = before ? [...messages, ...page.sms] : page.sms
    next = page.next
    total = page.total
    render()
  }

  async function remove(id) {
    const card = list.querySelector(`[data-id="${CSS.escape(id)}"]`)
    const neighbour = card?.nextElementSibling ?? card?.previousElementSibling
    await deleteSms(id).catch(() => {})
    announce('Message deleted')
    ;(neighbour?.querySelector('.danger') ?? searchField).focus()
  }

  let timer
  searchField.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(async () => {
      search = searchField.value.trim()
      await loadPage()
      if (search) announce(total === 1 ? '1 message found' : `${total} messages found`)
    }, searchDelayMs)
  })
  more.addEventListener('click', () => loadPage(next))
  clearButton.addEventListener('click', async () => {
    if (!confirm(`Delete all ${total} text messages?`)) return
    await clearSms().catch(() => {})
    searchField.focus()
  })
  addEventListener('keydown', (event) => {
    if (!node.isConnected || event.metaKey || event.ctrlKey || event.altKey) return
    if (event.key !== '/' || event.target instanceof HTMLInputElement) return
    event.preventDefault()
    searchField.focus()
  })

  return {
    id: 'sms',
    title: 'SMS',
    node,
    show() {
      render()
      // They are marked while one looks, and known when one comes back.
      unseen.clear()
    },
    events: {
      ready: () => loadPage(),
      sms(sms) {
        unseen.add(sms.id)
        announce(`New text message to ${sms.to}: ${sms.body}`)
        // The server knows what a search matches, and in which order messages came.
        void loadPage()
      },
      sms_changed(changed) {
        messages = messages.map((sms) => (sms.id === changed.id ? changed : sms))
        render()
      },
      sms_deleted({ id }) {
        unseen.delete(id)
        if (messages.some((sms) => sms.id === id)) total -= 1
        messages = messages.filter((sms) => sms.id !== id)
        render()
      },
      sms_cleared() {
        unseen.clear()
        void loadPage()
      },
    },
  }
}

/** A card is made anew when what it shows has changed. */
function keyOf(sms) {
  return `${sms.id} ${sms.status} ${sms.errorCode}`
}

function createCard(sms, onDelete) {
  const isInbound = sms.direction === 'inbound'
  const codes = sms.codes.map((code) =>
    element('li', { class: 'code' }, element('code', {}, code), copyButton(code, `code ${code}`)),
  )
  const trouble = sms.errorCode === null ? '' : ` ${sms.errorCode}`
  return element(
    'li',
    { class: isInbound ? 'message inbound' : 'message', 'data-id': sms.id, 'data-key': keyOf(sms) },
    element(
      'div',
      { class: 'message-head' },
      element(
        'div',
        { class: 'message-people' },
        element('span', {}, 'To ', element('strong', {}, sms.to)),
        element('span', {}, 'from ', element('strong', {}, sms.from ?? sms.service ?? 'unknown')),
      ),
      timeElement(sms.receivedAt),
    ),
    element('p', { class: 'message-text' }, sms.body),
    codes.length > 0 ? element('ul', { class: 'message-codes', 'aria-label': 'Codes' }, ...codes) : null,
    element(
      'div',
      { class: 'message-foot' },
      element('span', { class: `badge ${toneOf(sms)}` }, `${sms.status}${trouble}`),
      element('span', {}, sms.segments === 1 ? '1 part' : `${sms.segments} parts`),
      element('span', {}, isInbound ? `answer, by ${sms.provider}` : `by ${sms.provider}`),
      element(
        'button',
        {
          type: 'button',
          class: 'quiet danger',
          'aria-label': `Delete message to ${sms.to}`,
          onclick: () => onDelete(sms.id),
        },
        'Delete',
      ),
    ),
  )
}

function toneOf({ status }) {
  if (status === 'delivered' || status === 'read') return 'good'
  return status === 'failed' || status === 'undelivered' ? 'bad' : ''
}

function noMatch(search) {
  return [
    element('h2', {}, 'Nothing found'),
    element('p', {}, `No message has “${search}” in its text or its numbers.`),
  ]
}

function noMessages() {
  return [
    element('h2', {}, 'No text message yet'),
    element(
      'p',
      {},
      'Codes and alerts that the stack sends to phones end here, at no cost and on no phone. Twilio is at',
    ),
    element('p', {}, element('code', {}, `${location.origin}/twilio`)),
    element('p', {}, 'What is sent there appears at once.'),
  ]
}
