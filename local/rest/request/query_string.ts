import { requestErrors } from '../errors.ts'
import { columnList, treePath } from './field_parser.ts'
import { filterCondition, logicPath, logicTree } from './filter_parser.ts'
import { orderTerms } from './order_parser.ts'
import { type ParseFailure, type Parser, parse, showMessages, showPosition } from './parsec.ts'
import { allRows, combineRanges, limitRange, offsetRange, type Range } from './ranges.ts'
import { allColumns, selectItems } from './select_parser.ts'
import type { At, Condition, Filter, Logic, Operation, OrderTerm, QuantifiableOperator, SelectItem } from './types.ts'

/** The parsed query string of a request. */
export interface QueryParams {
  /** The parameters sorted by name and encoded anew, for `Content-Location`. */
  readonly canonical: string
  /** Arguments of a function called by GET. */
  readonly args: readonly (readonly [name: string, value: string])[]
  /** Names as sent (`limit`, `embed.limit`) with their rows. */
  readonly ranges: ReadonlyMap<string, Range>
  readonly order: readonly At<readonly OrderTerm[]>[]
  readonly logic: readonly At<Logic>[]
  /** The `columns` parameter, sorted and without repetition. */
  readonly columns: readonly string[] | null
  readonly select: readonly SelectItem[]
  readonly filters: readonly At<Filter>[]
  /** Names of all filter parameters as they were sent. */
  readonly filterNames: ReadonlySet<string>
  readonly onConflict: readonly string[] | null
}

const embeddable = new Set(['order', 'limit', 'offset', 'and', 'or'])
const reserved = new Set(['select', 'columns', 'on_conflict'])

/** Operators that a filter most often has. */
const commonOperators = new Map<string, QuantifiableOperator>([
  ['eq', 'eq'],
  ['gt', 'gt'],
  ['gte', 'gte'],
  ['lt', 'lt'],
  ['lte', 'lte'],
  ['like', 'like'],
  ['ilike', 'ilike'],
])
const remembered = 500

const lastWord = (name: string): string => name.slice(name.lastIndexOf('.') + 1)

/**
 * Parses a query string.
 *
 * @param isCall whether a function is called by GET: a parameter without an operator is then an argument
 * @throws {RestError} PGRST100 for what cannot be parsed
 */
export function parseQueryString(query: string, isCall: boolean): QueryParams {
  const params = splitQuery(query)
  const valued = params.filter((param): param is [string, string] => param[1] !== null)
  const find = (name: string) => params.find((param) => param[0] === name)?.[1] ?? null
  const ending = (...words: string[]) => valued.filter(([name]) => words.includes(lastWord(name)))

  const order = ending('order').map(([name, value]): At<OrderTerm[]> => {
    return { path: parsePath(name).path, value: parseOrder(value) }
  })
  const logic = ending('and', 'or').map(([name, value]) => parseLogic(name, value))
  const columns = find('columns')
  const parsedColumns = columns === null ? null : run(columnList, columns, 'columns parameter')
  const select = find('select')
  const items = select === null ? [allColumns] : parseSelect(select)

  const filters: At<Filter>[] = []
  const args: [string, string][] = []
  const filterNames = new Set<string>()
  for (const [name, value] of valued) {
    if (reserved.has(name) || embeddable.has(lastWord(name))) continue
    filterNames.add(name)
    const { path, field } = parsePath(name)
    const parsed = parseCondition(value)
    if ('value' in parsed) filters.push({ path, value: { field, condition: parsed.value } })
    // A function's argument looks like a filter whose operator does not exist.
    else if (isCall && !parsed.consumed) args.push([field.name, value])
    else throw queryError('filter', value, parsed.failure)
  }
  const onConflict = find('on_conflict')
  return {
    canonical: canonicalQuery(params),
    args,
    ranges: parseRanges(valued),
    order,
    logic,
    columns: parsedColumns && [...new Set(parsedColumns)].sort(),
    select: items,
    filters,
    filterNames,
    onConflict: onConflict === null ? null : run(columnList, onConflict, 'on_conflict parameter'),
  }
}

/** Where a range parameter such as `embed.limit` applies. */
export const rangePath = (name: string): string[] => parsePath(name).path

/** Parses like {@link run}, but the same text only once: clients send few different ones. */
function remember<T>(parser: Parser<T>, what: string): (input: string) => T {
  const known = new Map<string, T>()
  return (input) => {
    const before = known.get(input)
    if (before !== undefined) return before
    const parsed = run(parser, input, what)
    if (known.size >= remembered) known.clear()
    known.set(input, parsed)
    return parsed
  }
}

const parsePath = remember(treePath, 'tree path')
const parseOrder = remember(orderTerms, 'order')
const parseSelect = remember(selectItems, 'select parameter')

/** Conditions with a plain operator are read without the grammar, whose messages only others need. */
function parseCondition(value: string): ReturnType<typeof parse<Condition>> {
  const dot = value.indexOf('.')
  const operator = dot < 0 ? undefined : commonOperators.get(value.slice(0, dot))
  if (operator === undefined) return parse(filterCondition, value)
  const operation: Operation = { kind: 'quantified', operator, quantifier: null, value: value.slice(dot + 1) }
  return { value: { negated: false, operation } }
}

function run<T>(parser: Parser<T>, input: string, what: string): T {
  const parsed = parse(parser, input)
  if ('value' in parsed) return parsed.value
  throw queryError(what, input, parsed.failure)
}

function queryError(what: string, input: string, failure: ParseFailure): Error {
  const message = showPosition(`failed to parse ${what} (${input})`, input, failure)
  return requestErrors.queryParam(message, showMessages(failure))
}

function parseLogic(name: string, value: string): At<Logic> {
  const { path, operator } = run(logicPath, name, 'logic path')
  // The operator stands before its members, so that the parameter reads like a nested group.
  const parsed = parse(logicTree, operator + value)
  if ('value' in parsed) return { path, value: parsed.value }
  const place = showPosition(`failed to parse logic tree (${value})`, operator + value, parsed.failure)
  throw requestErrors.queryParam(place, showMessages(parsed.failure))
}

function parseRanges(params: readonly (readonly [string, string])[]): Map<string, Range> {
  const limits = new Map<string, Range>()
  const offsets = new Map<string, Range>()
  for (const [name, value] of params) {
    const word = lastWord(name)
    if (word === 'limit' && !limits.has(name)) limits.set(name, limitRange(value))
    if (word === 'offset') {
      const key = `${name.slice(0, name.length - word.length)}limit`
      if (!offsets.has(key)) offsets.set(key, offsetRange(value))
    }
  }
  const ranges = new Map(limits)
  for (const [name, offset] of offsets) {
    const limit = limits.get(name)
    ranges.set(name, limit ? combineRanges(limit, offset) : { ...allRows, lower: offset.lower })
  }
  return ranges
}

/** Splits a query string (without `?`) into decoded names and values; a name without `=` has the value null. */
export function splitQuery(query: string): [name: string, value: string | null][] {
  if (query === '') return []
  return query.split('&').map((part) => {
    const equals = part.indexOf('=')
    return equals < 0 ? [decode(part), null] : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))]
  })
}

function decode(part: string): string {
  const spaced = part.includes('+') ? part.replaceAll('+', ' ') : part
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    // Percent signs that encode nothing stay as they are.
    const bytes = spaced.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    return Buffer.from(bytes, 'latin1').toString('utf8')
  }
}

const encode = (part: string): string =>
  encodeURIComponent(part).replace(/[!'()*]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`)

function canonicalQuery(params: readonly (readonly [string, string | null])[]): string {
  return params
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${encode(name)}=${encode(value ?? '')}`)
    .join('&')
}
