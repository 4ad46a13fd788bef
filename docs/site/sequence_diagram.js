const namespace = 'http://www.w3.org/2000/svg'
const columnWidth = 210
const rowHeight = 44
const boxWidth = 160

function element(name, attributes, text) {
  const made = document.createElementNS(namespace, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value))
  if (text !== undefined) made.textContent = text
  return made
}

/** Reads the part of Mermaid's sequence diagrams that our documents use: participants, arrows and notes. */
export function parseSequence(text) {
  const actors = []
  const steps = []
  const column = (id) => {
    const found = actors.findIndex((actor) => actor.id === id)
    return found >= 0 ? found : actors.push({ id, label: id }) - 1
  }
  for (const line of text.split('\n').slice(1)) {
    const participant = /^\s*participant\s+(\w+)(?:\s+as\s+(.+))?$/.exec(line)
    const arrow = /^\s*(\w+)\s*(-?->>)\s*(\w+)\s*:\s*(.+)$/.exec(line)
    const note = /^\s*note over\s+(\w+)(?:\s*,\s*(\w+))?\s*:\s*(.+)$/i.exec(line)
    if (participant) actors[column(participant[1])].label = participant[2] ?? participant[1]
    else if (arrow) {
      const [from, to] = [column(arrow[1]), column(arrow[3])]
      steps.push({ kind: 'arrow', from, to, isAnswer: arrow[2] === '-->>', text: arrow[4] })
    } else if (note) {
      const from = column(note[1])
      steps.push({ kind: 'note', from, to: note[2] ? column(note[2]) : from, text: note[3] })
    }
  }
  return { actors, steps }
}

/** Draws a sequence diagram. */
export function drawSequence(text) {
  const { actors, steps } = parseSequence(text)
  const width = actors.length * columnWidth
  const height = 60 + steps.length * rowHeight + 20
  const x = (index) => index * columnWidth + columnWidth / 2
  const label = steps.map((step) => step.text).join('; ')
  const svg = element('svg', {
    class: 'diagram',
    viewBox: `0 0 ${width} ${height}`,
    width,
    role: 'img',
    'aria-label': label,
  })
  for (const [index, actor] of actors.entries()) {
    svg.append(
      element('line', { class: 'life', x1: x(index), x2: x(index), y1: 40, y2: height }),
      element('rect', { class: 'actor', x: x(index) - boxWidth / 2, y: 8, width: boxWidth, height: 32, rx: 4 }),
      element('text', { x: x(index), y: 29, 'text-anchor': 'middle' }, actor.label),
    )
  }
  for (const [index, step] of steps.entries()) {
    const y = 76 + index * rowHeight
    const middle = (x(step.from) + x(step.to)) / 2
    if (step.kind === 'note') {
      const half = Math.abs(x(step.to) - x(step.from)) / 2 + boxWidth / 2
      svg.append(
        element('rect', { class: 'note', x: middle - half, y: y - 18, width: half * 2, height: 28, rx: 3 }),
        element('text', { x: middle, y, 'text-anchor': 'middle' }, step.text),
      )
      continue
    }
    const direction = step.to >= step.from ? 1 : -1
    const end = x(step.to)
    svg.append(
      element('text', { x: middle, y: y - 8, 'text-anchor': 'middle' }, step.text),
      element('line', { class: `line${step.isAnswer ? ' answer' : ''}`, x1: x(step.from), x2: end, y1: y, y2: y }),
      element('path', { d: `M ${end} ${y} l ${-8 * direction} -4 v 8 z` }),
    )
  }
  return svg
}
