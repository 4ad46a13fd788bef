import { listen } from './api.js'
import { element } from './dom.js'
import { createFunctionsSection } from './functions_section.js'
import { createMailSection } from './mail_section.js'
import { createPlatformSection } from './platform_section.js'
import { createProvidersSection } from './providers_section.js'
import { createSmsSection } from './sms_section.js'

// The frame: a further section is one more entry here and one more file beside mail_section.js.
// A section is { id, title, node, events, show(path) }; `show` gets what follows the section's name in the address.
const sections = [
  createMailSection({ onCount: (count) => setCount('mail', count) }),
  createSmsSection({ onCount: (count) => setCount('sms', count) }),
  createProvidersSection(),
  createFunctionsSection({ onCount: (count) => setCount('functions', count) }),
  createPlatformSection(),
]

const links = new Map()

function buildNavigation() {
  const list = document.getElementById('sections')
  for (const { id, title } of sections) {
    const count = element('span', { class: 'count', 'aria-hidden': 'true' })
    const link = element('a', { href: `#/${id}` }, title, ' ', count)
    links.set(id, { link, count })
    list.append(element('li', {}, link))
  }
}

function setCount(id, count) {
  const entry = links.get(id)
  if (entry) entry.count.textContent = String(count)
}

let shown = null

function route() {
  if (location.hash === '#main') return
  const [, id, ...path] = location.hash.replace(/^#/, '').split('/')
  const section = sections.find((candidate) => candidate.id === id) ?? sections[0]
  if (shown !== section) {
    document.getElementById('main').replaceChildren(section.node)
    shown = section
  }
  for (const [key, { link }] of links) {
    if (key === section.id) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
  section.show(path)
}

function showConnection(isLive) {
  document.getElementById('connection').dataset.live = String(isLive)
  document.getElementById('connection-text').textContent = isLive ? 'Live' : 'Reconnecting'
}

buildNavigation()
addEventListener('hashchange', route)
document.querySelector('.skip-link').addEventListener('click', (event) => {
  // The address holds the mail that is open; skipping must not change it.
  event.preventDefault()
  document.getElementById('main').focus()
})
route()

const handlers = {}
for (const section of sections) {
  for (const [name, handle] of Object.entries(section.events)) {
    const earlier = handlers[name]
    handlers[name] = (data) => {
      earlier?.(data)
      handle(data)
    }
  }
}
listen(handlers, showConnection)
