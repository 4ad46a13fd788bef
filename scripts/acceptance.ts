import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { findTestTitles } from './test_titles.ts'

/** One row of the register. */
export interface AcceptanceRow {
  readonly id: string
  readonly text: string
  readonly take: 'must' | 'should' | 'could'
}

/** A module of the register with its rows. */
export interface AcceptanceModule {
  readonly code: string
  readonly name: string
  readonly rows: readonly AcceptanceRow[]
}

/** A place that names an id: the title of a test, or a `Covers:` line of a document. */
export interface Evidence {
  readonly id: string
  readonly kind: 'test' | 'document'
  /** `path:line`, seen from the root of the repository. */
  readonly place: string
}

/** A row with what speaks for it; it is done when anything does. */
export interface CheckedRow extends AcceptanceRow {
  readonly tests: readonly string[]
  readonly documents: readonly string[]
  readonly isDone: boolean
}

/** The register held against tests and documents. */
export interface AcceptanceReport {
  readonly modules: readonly {
    readonly code: string
    readonly name: string
    readonly done: number
    readonly total: number
    readonly rows: readonly CheckedRow[]
  }[]
  readonly done: number
  readonly total: number
  /** Evidence for ids that the register does not have. */
  readonly unknown: readonly Evidence[]
}

const registerPath = 'docs/acceptance.md'
const idPattern = '[A-Z][A-Z0-9]*-\\d+'

/**
 * Reads the register: a heading `## CODE Name` for each module, then its table.
 *
 * @throws when a row cannot be read, stands under the wrong heading, or an id comes twice
 */
export function parseRegister(markdown: string): AcceptanceModule[] {
  const modules: { code: string; name: string; rows: AcceptanceRow[] }[] = []
  const seen = new Set<string>()
  for (const [index, line] of markdown.split('\n').entries()) {
    const heading = /^## ([A-Z][A-Z0-9]*) (.+)$/.exec(line)
    if (heading) modules.push({ code: heading[1] ?? '', name: heading[2] ?? '', rows: [] })
    if (!new RegExp(`^\\|\\s*${idPattern}\\s*\\|`).test(line)) continue
    const problem = (what: string) => new Error(`${registerPath}:${index + 1}: ${what}`)
    const [id = '', text = '', take = '', ...more] = line
      .replace(/^\||\|\s*$/g, '')
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim())
    const module = modules.at(-1)
    if (more.length > 0 || text === '') throw problem('a row has the cells id, text and take')
    if (take !== 'must' && take !== 'should' && take !== 'could')
      throw problem(`"${take}" is not must, should or could`)
    if (!module || !id.startsWith(`${module.code}-`)) throw problem(`${id} stands under another module's heading`)
    if (seen.has(id)) throw problem(`${id} comes twice`)
    seen.add(id)
    module.rows.push({ id, text: text.replaceAll('\\|', '|'), take })
  }
  return modules
}

/** Ids in the titles of a test file: `[IDN-07]`, or several as `[IDN-07, IDN-08]`. */
export function evidenceOfTests(path: string, source: string): Evidence[] {
  const lists = new RegExp(`\\[(${idPattern}(?:,\\s*${idPattern})*)\\]`, 'g')
  return findTestTitles(source).flatMap(({ title, line }) =>
    [...title.matchAll(lists)]
      .flatMap(([, ids = '']) => ids.split(/,\s*/))
      .map((id) => ({ id, kind: 'test' as const, place: `${path}:${line}` })),
  )
}

/** Ids on lines of a document that begin with `Covers:`, also inside an HTML comment. */
export function evidenceOfDocument(path: string, source: string): Evidence[] {
  return source.split('\n').flatMap((line, index) => {
    const list = /^(?:<!--\s*)?Covers:(.*)$/.exec(line.trim())?.[1] ?? ''
    return [...list.matchAll(new RegExp(idPattern, 'g'))].map(([id]) => ({
      id,
      kind: 'document' as const,
      place: `${path}:${index + 1}`,
    }))
  })
}

/** Holds the register against what was found. */
export function buildReport(modules: readonly AcceptanceModule[], evidence: readonly Evidence[]): AcceptanceReport {
  const known = new Set(modules.flatMap((module) => module.rows.map((row) => row.id)))
  const places = (id: string, kind: Evidence['kind']) =>
    evidence.filter((item) => item.id === id && item.kind === kind).map((item) => item.place)
  const checked = modules.map(({ code, name, rows }) => {
    const checkedRows = rows.map((row) => {
      const [tests, documents] = [places(row.id, 'test'), places(row.id, 'document')]
      return { ...row, tests, documents, isDone: tests.length + documents.length > 0 }
    })
    return { code, name, done: checkedRows.filter((row) => row.isDone).length, total: rows.length, rows: checkedRows }
  })
  return {
    modules: checked,
    done: checked.reduce((sum, module) => sum + module.done, 0),
    total: known.size,
    unknown: evidence.filter((item) => !known.has(item.id)),
  }
}

/** Reads register, tests and documents below `root`. */
export function readAcceptance(root: string): AcceptanceReport {
  const read = (path: string) => readFileSync(join(root, path), 'utf8')
  const files = (pattern: string) =>
    globSync(pattern, { cwd: root })
      .map((path) => path.replaceAll('\\', '/'))
      .sort()
  const tests = files('tests/**/*.test.ts').flatMap((path) => evidenceOfTests(path, read(path)))
  const documents = files('docs/**/*.md')
    .filter((path) => path !== registerPath)
    .flatMap((path) => evidenceOfDocument(path, read(path)))
  return buildReport(parseRegister(read(registerPath)), [...tests, ...documents])
}

/** The report in text: each module with its done rows and what names them, then the ids that are left. */
export function formatReport(report: AcceptanceReport, options: { leftOnly?: boolean } = {}): string {
  const lines: string[] = []
  for (const module of report.modules) {
    lines.push(`${module.code} ${module.name}: ${module.done}/${module.total}`)
    const left = module.rows.filter((row) => !row.isDone)
    if (options.leftOnly) {
      lines.push(...left.map((row) => `  ${row.id} ${row.take === 'must' ? '' : `(${row.take}) `}${row.text}`))
    } else {
      for (const row of module.rows)
        if (row.isDone) lines.push(`  ${row.id} ${[...row.tests, ...row.documents].join(' ')}`)
      if (left.length > 0) lines.push(`  left: ${left.map((row) => row.id).join(' ')}`)
    }
    lines.push('')
  }
  const rows = report.modules.flatMap((module) => module.rows)
  const shares = (['must', 'should', 'could'] as const).map((take) => {
    const some = rows.filter((row) => row.take === take)
    return `${take} ${some.filter((row) => row.isDone).length}/${some.length}`
  })
  lines.push(`Done: ${report.done}/${report.total} (${shares.join(', ')})`)
  return lines.join('\n')
}

/** One row with everything that names it; null when there is no such id. */
export function formatRow(report: AcceptanceReport, id: string): string | null {
  const row = report.modules.flatMap((module) => module.rows).find((candidate) => candidate.id === id.toUpperCase())
  if (!row) return null
  const evidence = [...row.tests, ...row.documents].map((place) => `  ${place}`)
  return [`${row.id} (${row.take}) ${row.text}`, ...(row.isDone ? evidence : ['  nothing names it yet'])].join('\n')
}

/** Runs the command line. @returns the exit code */
function main(): number {
  const { values } = parseArgs({
    options: { left: { type: 'boolean' }, json: { type: 'boolean' }, id: { type: 'string' } },
  })
  const report = readAcceptance(join(import.meta.dirname, '..'))
  const row = values.id === undefined ? undefined : formatRow(report, values.id)
  if (row === null) {
    console.error(`There is no ${values.id} in ${registerPath}`)
    return 1
  }
  if (values.json) console.log(JSON.stringify(report, null, 2))
  else console.log(row ?? formatReport(report, { leftOnly: values.left === true }))
  for (const { id, place } of report.unknown) console.error(`${place} names ${id}, which ${registerPath} does not have`)
  return report.unknown.length > 0 ? 1 : 0
}

if (import.meta.main) {
  try {
    process.exitCode = main()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
