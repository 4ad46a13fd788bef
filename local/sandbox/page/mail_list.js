import { arrange, element, timeElement } from './dom.js'

/**
 * The list of mails: links, so that Enter and the middle button do what they always do; arrows move between them.
 *
 * @param {{ onMore(): void }} options
 */
export function createMailList({ onMore }) {
  const rows = element('ul', { class: 'rows' })
  const more = element('button', { type: 'button', class: 'quiet more', onclick: onMore }, 'Show older mails')
  const empty = element('div', { class: 'empty' })
  const node = element('div', { class: 'list-scroll' }, rows, more, empty)

  rows.addEventListener('keydown', (event) => {
    const links = [...rows.querySelectorAll('a')]
    const at = links.indexOf(document.activeElement)
    const targets = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }
    const target = links[targets[event.key]]
    if (!(event.key in targets) || !target) return
    event.preventDefault()
    target.focus()
  })

  return {
    node,

    /** Puts the focus on a mail, or on the first one. */
    focus(id) {
      const link = (id && rows.querySelector(`a[data-id="${CSS.escape(id)}"]`)) || rows.querySelector('a')
      link?.focus()
    },

    render({ mails, hasMore, openId, unseen, search, status }) {
      // Rows that are there already stay, and with them the focus and the place one has scrolled to.
      const existing = new Map([...rows.children].map((row) => [row.dataset.id, row]))
      arrange(
        rows,
        mails.map((mail) => existing.get(mail.id) ?? createRow(mail)),
      )
      for (const row of rows.children) {
        const link = row.firstElementChild
        row.classList.toggle('is-new', unseen.has(row.dataset.id))
        row.querySelector('.new').textContent = unseen.has(row.dataset.id) ? 'New. ' : ''
        if (row.dataset.id === openId) link.setAttribute('aria-current', 'true')
        else link.removeAttribute('aria-current')
      }
      more.hidden = !hasMore
      empty.hidden = mails.length > 0
      if (mails.length === 0) empty.replaceChildren(...(search ? noMatch(search) : noMails(status)))
    },
  }
}

function createRow(mail) {
  const to = mail.recipients.length > 0 ? mail.recipients : mail.to.map((mailbox) => mailbox.address)
  const others = to.length > 1 ? ` +${to.length - 1}` : ''
  return element(
    'li',
    { 'data-id': mail.id },
    element(
      'a',
      { href: `#/mail/${mail.id}`, 'data-id': mail.id },
      element('span', { class: 'new visually-hidden' }),
      element(
        'span',
        { class: 'row-top' },
        element('span', { class: 'row-to' }, `${to[0] ?? 'nobody'}${others}`),
        timeElement(mail.receivedAt),
      ),
      element('span', { class: 'row-subject' }, mail.subject || 'No subject'),
      element('span', { class: 'row-preview' }, mail.preview || ' '),
    ),
  )
}

function noMatch(search) {
  return [element('h2', {}, 'Nothing found'), element('p', {}, `No mail has “${search}” in its subject or addresses.`)]
}

function noMails(status) {
  const address = status ? `${status.smtpHost}:${status.smtpPort}` : 'the SMTP port'
  return [
    element('h2', {}, 'No mail yet'),
    element(
      'p',
      {},
      'Every mail that the stack sends ends here, and nowhere else. Sign somebody up, or send one by SMTP to',
    ),
    element('p', {}, element('code', {}, address)),
    element('p', {}, 'It appears here at once.'),
  ]
}
