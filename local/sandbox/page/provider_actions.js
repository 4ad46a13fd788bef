import { runAction } from './api.js'
import { announce, element } from './dom.js'

/** The buttons of a provider, each with a form that opens under it. */
export function createActions(provider) {
  let current = provider.actions
  const node = element('div', {}, ...provider.actions.map((action) => createAction(action.name)))

  function createAction(name) {
    const find = () => current.find((action) => action.name === name)
    const { title } = find()
    const content = element('div')
    const details = element('details', {}, element('summary', {}, title), content)
    // What can be chosen changes all the time; the form is made when one opens it, and then left alone.
    details.addEventListener('toggle', () => {
      if (details.open) content.replaceChildren(createForm(provider.name, find()))
    })
    return details
  }

  return {
    node,
    update(actions) {
      current = actions
    },
  }
}

function createForm(providerName, action) {
  const about = element('p', { class: 'quiet-note' }, action.unavailable ?? action.description)
  if (action.unavailable) return about
  const said = element('p', { class: 'said', role: 'status' })
  const button = element('button', { class: 'primary' }, 'Send')
  const form = element('form', { class: 'fields' }, about, ...action.fields.map(createField), button, said)
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    button.disabled = true
    said.textContent = 'Sending …'
    const values = Object.fromEntries(new FormData(form))
    const result = await runAction(providerName, action.name, values).then(
      (message) => ({ message, isBad: /not delivered/.test(message) }),
      (error) => ({ message: [error.message, error.hint].filter(Boolean).join('. '), isBad: true }),
    )
    said.textContent = result.message
    said.classList.toggle('bad', result.isBad)
    announce(result.message)
    button.disabled = false
  })
  return form
}

function createField(field) {
  const shared = { name: field.name, required: field.isRequired }
  return element('label', {}, element('span', {}, field.label), createControl(field, shared))
}

function createControl({ kind, value, options }, shared) {
  if (kind === 'select') {
    return element('select', shared, ...options.map((one) => element('option', { value: one.value }, one.label)))
  }
  if (kind === 'multiline') return element('textarea', { ...shared, rows: '2' }, value)
  return element('input', { ...shared, type: kind === 'url' ? 'url' : 'text', value, autocomplete: 'off' })
}
