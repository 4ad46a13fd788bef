import { clearMails, deleteMail, loadMail, loadMails, loadStatus } from './api.js'
import { announce, element } from './dom.js'
import { createMailList } from './mail_list.js'
import { createMailView } from './mail_view.js'

const searchDelayMs = 150

/**
 * The inbox: list and reading pane.
 *
 * @param {{ onCount(count: number): void }} options
 */
export function createMailSection({ onCount }) {
  let mails = []
  let next = null
  let total = 0
  let search = ''
  let openId = null
  let status = null
  const unseen = new Set()

  const list = createMailList({ onMore: () => loadPage({ before: next }) })
  const view = createMailView({ onDelete: removeOpen })

  const searchField = element('input', {
    type: 'search',
    id: 'mail-search',
    placeholder: 'Search address or subject',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-label': 'Search mails by address or subject',
  })
  const clearButton = element('button', { type: 'button', class: 'quiet', disabled: true }, 'Delete all')
  const sidebar = element(
    'section',
    { class: 'mail-list', 'aria-label': 'Mails' },
    element('div', { class: 'list-tools', role: 'search' }, searchField, clearButton),
    list.node,
  )
  const node = element('div', { class: 'mail' }, sidebar, view.node)

  function render() {
    list.render({ mails, hasMore: next !== null, openId, unseen, search, status })
    clearButton.disabled = total === 0 || search !== ''
    node.classList.toggle('is-reading', openId !== null)
    if (node.isConnected) document.title = `${unseen.size > 0 ? `(${unseen.size}) ` : ''}Mail · Atrium sandbox`
    if (openId === null) view.showNothing(total)
    if (!search) onCount(total)
  }

  // Answers may overtake each other; only the newest question counts.
  let question = 0
  let isLoadingNewest = false
  async function loadPage({ before = null } = {}) {
    const mine = ++question
    isLoadingNewest = before === null
    const page = await loadMails({ search, before }).catch(() => null)
    if (mine !== question) return
    isLoadingNewest = false
    if (page === null) return
    mails = before ? [...mails, ...page.mails] : page.mails
    next = page.next
    total = page.total
    render()
  }

  async function open(id) {
    openId = id
    unseen.delete(id)
    render()
    if (id === null) return
    try {
      const mail = await loadMail(id)
      if (openId === id) view.showMail(mail)
    } catch (error) {
      if (openId === id) view.showError(error)
    }
  }

  async function removeOpen(id) {
    const index = mails.findIndex((mail) => mail.id === id)
    const neighbour = mails[index + 1] ?? mails[index - 1] ?? null
    await deleteMail(id).catch(() => {})
    announce('Mail deleted')
    location.hash = neighbour ? `#/mail/${neighbour.id}` : '#/mail'
    list.focus(neighbour?.id ?? null)
  }

  let timer
  searchField.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(async () => {
      search = searchField.value.trim()
      await loadPage()
      if (search) announce(total === 1 ? '1 mail found' : `${total} mails found`)
    }, searchDelayMs)
  })
  searchField.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowDown') return
    event.preventDefault()
    list.focus(null)
  })
  clearButton.addEventListener('click', async () => {
    if (!confirm(`Delete all ${total} mails?`)) return
    await clearMails().catch(() => {})
    searchField.focus()
  })
  addEventListener('keydown', (event) => {
    if (!node.isConnected || event.metaKey || event.ctrlKey || event.altKey) return
    const isTyping = event.target instanceof HTMLInputElement
    if (event.key === '/' && !isTyping) {
      event.preventDefault()
      searchField.focus()
    } else if (event.key === 'Escape' && openId !== null && !isTyping) {
      const id = openId
      location.hash = '#/mail'
      list.focus(id)
    }
  })

  return {
    id: 'mail',
    title: 'Mail',
    node,
    show: ([id = null]) => open(id || null),
    events: {
      async ready() {
        status ??= await loadStatus().catch(() => null)
        await loadPage()
      },
      mail(mail) {
        unseen.add(mail.id)
        announce(`New mail: ${mail.subject || 'no subject'}, to ${mail.recipients[0] ?? 'nobody'}`)
        if (search || isLoadingNewest) {
          // The server knows what a search matches; and a list on its way may be from before this mail.
          void loadPage()
          return
        }
        mails = [mail, ...mails.filter((known) => known.id !== mail.id)]
        total += 1
        render()
      },
      mail_deleted({ id }) {
        unseen.delete(id)
        mails = mails.filter((mail) => mail.id !== id)
        total = Math.max(0, total - 1)
        render()
        // Not by `openId`: the address may have moved on to another mail already.
        if (location.hash === `#/mail/${id}`) location.hash = '#/mail'
      },
      mails_cleared() {
        unseen.clear()
        announce('All mails deleted')
        if (location.hash.startsWith('#/mail/')) location.hash = '#/mail'
        void loadPage()
      },
    },
  }
}
