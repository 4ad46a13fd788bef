import { Liquid, LiquidError, type Template } from 'liquidjs'
import { documentTooLarge, templateInvalid } from './document_error.ts'
import { type DocumentLocale, localFilters } from './filters.ts'
import { documentLimits } from './limits.ts'
import { isKnownField, type MergeFields } from './merge_fields.ts'

/** Liquid's tags that templates may use: none that reads other templates or writes what is not escaped. */
const allowedTags = ['assign', 'break', 'capture', 'case', 'comment', 'continue', 'cycle', 'for', 'if', 'unless']
/** Liquid's filters that templates may use. Never `raw` and `json`: they write without escaping. */
const allowedFilters = (
  'abs append at_least at_most capitalize ceil compact concat default divided_by downcase first floor join last lstrip ' +
  'map minus modulo plus prepend replace reverse round rstrip size slice sort sort_natural split strip sum times ' +
  'truncate truncatewords uniq upcase where'
).split(' ')

/**
 * Fills a template: Liquid with the fields of its kind, everything that comes from data escaped. What stands in data is
 * never evaluated.
 *
 * @param source the template
 * @param fields what it may name
 * @throws {AppError} 422 `document_template_invalid`, `document_too_large`
 */
export function fillTemplate(
  source: string,
  data: Readonly<Record<string, unknown>>,
  fields: MergeFields,
  locale: DocumentLocale,
): string {
  if (source.length > documentLimits.templateCharacters) {
    throw templateInvalid(`it is longer than ${documentLimits.templateCharacters} characters`)
  }
  const engine = makeEngine(locale)
  try {
    const template = engine.parse(source)
    refuseUnknownFields(engine, template, fields)
    const filled: unknown = engine.renderSync(template, data, { templateLimit: documentLimits.templateSteps })
    return String(filled)
  } catch (error) {
    throw explain(error)
  }
}

function makeEngine(locale: DocumentLocale): Liquid {
  const engine = new Liquid({
    // No files: without it the tags below would be the only thing between a template and the disk.
    templates: {},
    outputEscape: 'escape',
    ownPropertyOnly: true,
    strictFilters: true,
    strictVariables: true,
    lenientIf: true,
    parseLimit: documentLimits.templateCharacters,
    memoryLimit: documentLimits.templateMemory,
    renderLimit: documentLimits.templateMilliseconds,
  })
  for (const name of Object.keys(engine.tags)) if (!allowedTags.includes(name)) delete engine.tags[name]
  for (const name of Object.keys(engine.filters)) if (!allowedFilters.includes(name)) delete engine.filters[name]
  for (const [name, filter] of Object.entries(localFilters(locale))) engine.registerFilter(name, filter)
  return engine
}

function refuseUnknownFields(engine: Liquid, template: Template[], fields: MergeFields): void {
  for (const path of engine.globalVariableSegmentsSync(template)) {
    const names = path.map((segment) => (typeof segment === 'string' ? segment : null))
    if (!isKnownField(fields, names)) {
      throw templateInvalid(`"${names.map((name) => name ?? '[]').join('.')}" is no field of this kind of document`)
    }
  }
}

function explain(error: unknown): unknown {
  if (!LiquidError.is(error)) return error
  const [reason = ''] = error.message.split('\n')
  if (/limit exceeded/.test(reason)) return documentTooLarge(`the template takes too much work, ${reason}`)
  // Liquid's messages quote names of the template, never values of the data.
  return templateInvalid(reason, error)
}
