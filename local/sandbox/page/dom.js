/**
 * Makes an element. Texts become text nodes, so nothing that a mail says is ever read as HTML.
 *
 * @param {string} tag
 * @param {Record<string, unknown>} [properties] `on...` are listeners, `class` and names with a dash are attributes
 * @param {...(Node | string | null)} children
 */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value)
    else if (value === true) node.setAttribute(name, '')
    else node.setAttribute(name, String(value))
  }
  node.append(...children.filter((child) => child !== null))
  return node
}

/**
 * Makes `nodes` the children of `parent`. Those that stay are not touched: a node that is taken out and put back loses
 * the focus, and a list the place one has scrolled to.
 */
export function arrange(parent, nodes) {
  const wanted = new Set(nodes)
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove()
  nodes.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null)
  })
}

/** Tells screen readers what happened, without moving the focus. */
export function announce(text) {
  const announcer = document.getElementById('announcer')
  // The same words twice are announced only when the text has changed in between.
  announcer.textContent = ''
  setTimeout(() => {
    announcer.textContent = text
  }, 50)
}

/** A button that copies `value` and says so. */
export function copyButton(value, label) {
  const button = element('button', { type: 'button', class: 'quiet copy', 'aria-label': `Copy ${label}` }, 'Copy')
  button.addEventListener('click', async () => {
    const isCopied = await navigator.clipboard.writeText(value).then(
      () => true,
      () => false,
    )
    button.textContent = isCopied ? 'Copied' : 'Failed'
    announce(isCopied ? `Copied ${label}` : `Could not copy ${label}: the browser does not allow it`)
    setTimeout(() => {
      button.textContent = 'Copy'
    }, 1600)
  })
  return button
}

const sameDay = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const exactTime = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const otherDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const fullTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

/** A moment as a `time` element: the clock for today, else the day; to the second or in full on request. */
export function timeElement(iso, { isFull = false, isExact = false } = {}) {
  const date = new Date(iso)
  const isToday = date.toDateString() === new Date().toDateString()
  const text = isFull ? fullTime.format(date) : (isToday ? (isExact ? exactTime : sameDay) : otherDay).format(date)
  return element('time', { datetime: iso, title: fullTime.format(date) }, text)
}

/** Bytes as a person reads them. */
export function formatSize(bytes) {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** A mailbox as a person writes it. */
export function formatMailbox({ name, address }) {
  return name ? `${name} <${address}>` : address
}

/** Colour of a status; its number says the same. */
export function toneOfStatus(status) {
  if (status === null || status >= 500) return 'bad'
  return status >= 400 ? 'wait' : 'good'
}

/** Milliseconds as a person reads them. */
export function formatMs(ms) {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}
