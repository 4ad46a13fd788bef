import { setDials } from './api.js'
import { announce, element } from './dom.js'

/** How a provider is told to misbehave. */
export function createDials(provider, onChange) {
  const number = (name, extra = {}) =>
    element('input', { type: 'number', name, min: '0', step: '1', required: true, inputmode: 'numeric', ...extra })
  const controls = {
    failNext: number('failNext'),
    timeOutNext: number('timeOutNext'),
    failShare: number('failShare', { max: '100' }),
    failStatus: number('failStatus', { min: '400', max: '599' }),
    latencyMs: number('latencyMs', { max: '120000', step: '50' }),
    only: element('input', { type: 'text', name: 'only', autocomplete: 'off', spellcheck: 'false' }),
    rejectRecipients: element('textarea', { name: 'rejectRecipients', rows: '2', spellcheck: 'false' }),
  }
  const field = (name, label, note = null) =>
    element('label', {}, element('span', {}, label), controls[name], note === null ? null : element('small', {}, note))
  const said = element('p', { class: 'said', role: 'status' })
  const normal = element('button', { type: 'button' }, 'Back to normal')
  const form = element(
    'form',
    { class: 'fields card' },
    element('div', { class: 'pair' }, field('failNext', 'Fail the next'), field('failStatus', 'With status')),
    element('div', { class: 'pair' }, field('failShare', 'Fail at random, %'), field('latencyMs', 'Delay, ms')),
    field('timeOutNext', 'Never answer the next'),
    field('rejectRecipients', 'Refuse these recipients', 'One in a line'),
    field('only', 'Only where the path has', 'Empty: everywhere'),
    element('div', { class: 'buttons' }, element('button', { class: 'primary' }, 'Apply'), normal),
    said,
  )

  function fill(dials) {
    const values = { ...dials, failShare: Math.round(dials.failRate * 100) }
    for (const [name, control] of Object.entries(controls)) {
      const value = values[name]
      control.value = Array.isArray(value) ? value.join('\n') : String(value)
    }
  }

  async function apply(dials, message) {
    const result = await setDials(provider.name, dials).then(
      (set) => {
        fill(set)
        return message
      },
      (error) => error.message,
    )
    said.textContent = result
    announce(result)
    await onChange()
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const count = (name) => Number(controls[name].value)
    const dials = {
      failNext: count('failNext'),
      failStatus: count('failStatus'),
      failRate: count('failShare') / 100,
      latencyMs: count('latencyMs'),
      timeOutNext: count('timeOutNext'),
      only: controls.only.value.trim(),
      rejectRecipients: controls.rejectRecipients.value
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean),
    }
    void apply(dials, 'Set')
  })
  normal.addEventListener('click', () => void apply({}, 'Everything works again'))
  fill(provider.dials)

  return {
    node: form,
    /** What counts down is shown, unless somebody is typing. */
    update(dials) {
      if (!form.matches(':has(input:focus, textarea:focus)')) fill(dials)
    },
  }
}
