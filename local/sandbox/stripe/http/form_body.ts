/** A form value: a text, or values by name; the names of a list are its positions. */
export type FormValue = string | { [name: string]: FormValue }

/** The fields of a form. */
export type Form = { [name: string]: FormValue }

/** Longest path of a name; nothing in Stripe's API is as deep. */
const deepest = 12

/** Reads a form body or a query in Stripe's notation: `items[0][price]=price_1&expand[]=customer`. */
export function parseForm(text: string): Form {
  const form = emptyForm()
  for (const [name, value] of new URLSearchParams(text)) put(form, segmentsOf(name), value)
  return form
}

/** Without a prototype, so that no name means anything by itself. */
function emptyForm(): Form {
  return Object.create(null)
}

function segmentsOf(name: string): string[] {
  const head = /^[^[]*/.exec(name)?.[0] ?? ''
  return [head, ...[...name.slice(head.length).matchAll(/\[([^[\]]*)\]/g)].map((match) => match[1] ?? '')]
}

function put(form: Form, segments: readonly string[], value: string): void {
  const [written = '', ...rest] = segments.slice(0, deepest)
  const name = written === '' ? String(Object.keys(form).length) : written
  if (rest.length === 0) {
    form[name] = value
    return
  }
  const inner = form[name]
  const next = typeof inner === 'object' ? inner : emptyForm()
  form[name] = next
  put(next, rest, value)
}
