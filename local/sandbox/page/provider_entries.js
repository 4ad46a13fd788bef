import { element, formatMs, timeElement, toneOfStatus } from './dom.js'

const dialWords = { failed: 'dial: failed', 'timed-out': 'dial: no answer', delayed: 'dial: delayed' }

/** A call that a provider received, closed at first; its path is shown as the provider itself has it. */
export function createCallEntry(call, basePath) {
  const headers = Object.entries(call.headers).map(([name, value]) => `${name}: ${value}`)
  return entry(
    [
      element(
        'span',
        { class: `badge ${toneOfStatus(call.status)}` },
        call.status === null ? 'none' : String(call.status),
      ),
      element('span', { class: 'verb' }, call.method),
      element(
        'span',
        { class: 'path' },
        readable(call.path.startsWith(basePath) ? call.path.slice(basePath.length) : call.path),
      ),
      call.dial ? element('span', { class: 'badge wait' }, dialWords[call.dial]) : null,
      element('span', { class: 'took' }, formatMs(call.durationMs)),
      timeElement(call.receivedAt, { isExact: true }),
    ],
    [
      part('Asked', call.body === null ? null : readableForm(call.body)),
      part('Answered', call.answer),
      part('Headers', headers.join('\n')),
    ],
  )
}

const stateTones = { delivered: 'good', failed: 'bad', pending: 'wait' }

/** A webhook with its attempts. */
export function createWebhookEntry(webhook, onResend) {
  const attempts = webhook.attempts.map((attempt) => {
    const result = attempt.error ?? `answered ${attempt.status}`
    return element('li', {}, timeElement(attempt.at, { isExact: true }), ` ${result}, ${formatMs(attempt.durationMs)}`)
  })
  const due = webhook.nextAttemptAt
    ? element('li', {}, 'Next attempt ', timeElement(webhook.nextAttemptAt, { isExact: true }))
    : null
  return entry(
    [
      element('span', { class: `badge ${stateTones[webhook.state]}` }, webhook.state),
      element('span', {}, webhook.event),
      element('span', { class: 'path' }, webhook.url),
      timeElement(webhook.createdAt, { isExact: true }),
    ],
    [
      element('div', {}, element('h3', {}, 'Attempts'), element('ol', {}, ...attempts, ...(due ? [due] : []))),
      part('Sent', readableForm(webhook.body)),
      element(
        'div',
        {},
        element('button', { type: 'button', class: 'quiet', onclick: () => onResend(webhook.id) }, 'Send again'),
      ),
    ],
  )
}

function entry(summary, parts) {
  return element(
    'li',
    {},
    element(
      'details',
      {},
      element('summary', {}, ...summary.filter((one) => one !== null)),
      element('div', { class: 'entry-body' }, ...parts.filter((one) => one !== null)),
    ),
  )
}

function part(title, text) {
  if (!text) return null
  return element('div', {}, element('h3', {}, title), element('pre', { tabindex: '0', 'aria-label': title }, text))
}

/** A form, one field in a line; other text as it is. */
function readableForm(text) {
  if (!/^[\w.%+-]+=[^\s]*$/.test(text)) return text
  return text
    .split('&')
    .map((pair) => readable(pair.replaceAll('+', ' ').replace('=', ' = ')))
    .join('\n')
}

function readable(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
