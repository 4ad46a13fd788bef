import { loadSource } from './api.js'
import { copyButton, element, formatMailbox, formatSize, timeElement } from './dom.js'

/**
 * The reading pane.
 *
 * @param {{ onDelete(id: string): void }} options
 */
export function createMailView({ onDelete }) {
  const node = element('article', { class: 'mail-view', 'aria-label': 'Mail' })

  return {
    node,
    showNothing(total) {
      const hint = total > 0 ? 'Choose a mail to read it.' : 'Mails open here.'
      node.replaceChildren(element('p', { class: 'empty' }, hint))
    },
    showError(error) {
      node.replaceChildren(
        backLink(),
        element('div', { class: 'empty' }, element('h2', {}, error.message), element('p', {}, error.hint ?? '')),
      )
    },
    showMail(mail) {
      node.replaceChildren(backLink(), header(mail, onDelete), finds(mail), ...tabs(mail))
      node.scrollTop = 0
    },
  }
}

function backLink() {
  return element('a', { class: 'back', href: '#/mail' }, '‹ All mails')
}

function header(mail, onDelete) {
  const listed = new Set([...mail.to, ...mail.cc].map((mailbox) => mailbox.address.toLowerCase()))
  const blind = mail.recipients.filter((address) => !listed.has(address.toLowerCase()))
  const facts = [
    ['From', formatMailbox(mail.from)],
    ['To', mail.to.map(formatMailbox).join(', ')],
    ['Cc', mail.cc.map(formatMailbox).join(', ')],
    ['Bcc', blind.join(', ')],
    ['Reply to', mail.replyTo.map(formatMailbox).join(', ')],
  ].filter(([, value]) => value)
  return element(
    'header',
    { class: 'mail-header' },
    element('h1', {}, mail.subject || 'No subject'),
    element(
      'dl',
      { class: 'facts' },
      ...facts.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]),
      element('dt', {}, 'Received'),
      element('dd', {}, timeElement(mail.receivedAt, { isFull: true }), ` · ${formatSize(mail.size)}`),
    ),
    element(
      'div',
      { class: 'actions' },
      element(
        'a',
        { class: 'button quiet', href: `/api/mails/${mail.id}/source`, download: `${mail.id}.eml` },
        'Save .eml',
      ),
      element('button', { type: 'button', class: 'quiet danger', onclick: () => onDelete(mail.id) }, 'Delete'),
    ),
  )
}

/** What one mostly opens a mail for: the code, the link, the file. */
function finds(mail) {
  const parts = []
  if (mail.codes.length > 0) {
    const codes = mail.codes.map((code) =>
      element('li', { class: 'code' }, element('code', {}, code), copyButton(code, `code ${code}`)),
    )
    parts.push(element('section', { 'aria-label': 'Codes' }, element('h2', {}, 'Code'), element('ul', {}, ...codes)))
  }
  if (mail.links.length > 0) {
    const links = mail.links.map(({ url, text }) =>
      element(
        'li',
        { class: 'link' },
        element(
          'a',
          { href: url, target: '_blank', rel: 'noopener noreferrer', title: url },
          element('span', { class: 'link-text' }, text || url),
          text ? element('span', { class: 'link-url' }, url) : null,
        ),
        copyButton(url, `link ${text || url}`),
      ),
    )
    const title = mail.links.length === 1 ? 'Link' : 'Links'
    parts.push(element('section', { 'aria-label': 'Links' }, element('h2', {}, title), element('ul', {}, ...links)))
  }
  const files = mail.attachments.filter((file) => !file.isInline)
  if (files.length > 0) {
    const items = files.map((file) =>
      element(
        'li',
        { class: 'file' },
        element(
          'a',
          { href: `/api/mails/${mail.id}/attachments/${file.index}`, download: file.filename },
          file.filename,
        ),
        element('span', {}, formatSize(file.size)),
      ),
    )
    parts.push(element('section', { 'aria-label': 'Files' }, element('h2', {}, 'Files'), element('ul', {}, ...items)))
  }
  return element('div', { class: 'finds' }, ...parts)
}

/** HTML, text and source, as tabs that arrows move between. */
function tabs(mail) {
  const panel = element('div', { class: 'panel', role: 'tabpanel', id: 'mail-panel', tabindex: '0' })
  const choices = [
    { id: 'html', title: 'HTML', isThere: mail.html !== null, show: () => showFrame(panel, mail) },
    { id: 'text', title: 'Text', isThere: mail.text !== null, show: () => showText(panel, mail.text) },
    { id: 'source', title: 'Source', isThere: true, show: () => showSource(panel, mail) },
  ].filter((choice) => choice.isThere)
  const buttons = choices.map((choice) =>
    element(
      'button',
      {
        type: 'button',
        role: 'tab',
        id: `tab-${choice.id}`,
        'aria-controls': 'mail-panel',
        onclick: () => select(choice),
      },
      choice.title,
    ),
  )
  const select = (chosen) => {
    choices.forEach((choice, index) => {
      const isChosen = choice === chosen
      buttons[index].setAttribute('aria-selected', String(isChosen))
      buttons[index].tabIndex = isChosen ? 0 : -1
    })
    panel.setAttribute('aria-labelledby', `tab-${chosen.id}`)
    chosen.show()
  }
  const bar = element('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Ways to show the mail' }, ...buttons)
  bar.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (!step) return
    event.preventDefault()
    const at = (buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length
    buttons[at].focus()
    select(choices[at])
  })
  select(choices[0])
  return [bar, panel]
}

function showFrame(panel, mail) {
  // Scripts stay off and the frame has an origin of its own: the mail cannot reach this page.
  const frame = element('iframe', {
    class: 'preview',
    title: `Preview of ${mail.subject || 'the mail'}`,
    src: `/api/mails/${mail.id}/html`,
    sandbox: 'allow-popups allow-popups-to-escape-sandbox',
    referrerpolicy: 'no-referrer',
  })
  panel.replaceChildren(frame)
}

function showText(panel, text) {
  panel.replaceChildren(element('pre', { class: 'plain' }, text ?? ''))
}

async function showSource(panel, mail) {
  const text = element('pre', { class: 'plain source' })
  panel.replaceChildren(text)
  try {
    text.textContent = await loadSource(mail.id)
  } catch (error) {
    text.textContent = error.message
  }
}
