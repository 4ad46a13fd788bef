/** Values that a mail template may use, as `{{ .Name }}`; `Data` holds the user's metadata. */
export type TemplateValues = Readonly<Record<string, unknown>>

const expression = /\{\{-?\s*\.([A-Za-z_][\w]*(?:\.[A-Za-z_][\w]*)*)\s*-?\}\}/g

/**
 * Fills a template of the subset of Go's that mails use: `{{ .Token }}`, `{{ .Data.name }}`. What is missing is empty.
 *
 * @param options.escape whether values are escaped for HTML
 */
export function renderTemplate(template: string, values: TemplateValues, options: { escape: boolean }): string {
  return template.replace(expression, (_match, path: string) => {
    const value = lookUp(values, path.split('.'))
    const shown =
      value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : `${value}`
    return options.escape ? escapeHtml(shown) : shown
  })
}

function lookUp(values: unknown, path: readonly string[]): unknown {
  let current = values
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined
    current = Object.entries(current).find(([name]) => name === key)?.[1]
  }
  return current
}

function escapeHtml(value: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&#34;',
    "'": '&#39;',
  }
  return value.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}
