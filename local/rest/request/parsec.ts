/**
 * Parser combinators whose error messages are those of Haskell's Parsec, because PostgREST sends them to its clients
 * ("unexpected … expecting …"). Backtracking, labels and the merging of errors follow the same rules.
 */

type MessageKind = 0 | 1 | 2
const sysUnexpected: MessageKind = 0
const unexpectedKind: MessageKind = 1
const expected: MessageKind = 2

interface Message {
  readonly kind: MessageKind
  readonly text: string
}

/** Where a parser failed, and what it would have liked. */
export interface ParseFailure {
  readonly position: number
  readonly messages: readonly Message[]
}

interface Outcome<T> {
  readonly ok: boolean
  /** Whether any input was used up; after that an alternative is not tried. */
  readonly consumed: boolean
  readonly value: T | undefined
  readonly next: number
  readonly error: ParseFailure
}

/** Reads a value from `input` at `position`. */
export type Parser<T> = (input: string, position: number) => Outcome<T>

const unknown = (position: number): ParseFailure => ({ position, messages: [] })
const one = (position: number, kind: MessageKind, text: string): ParseFailure => ({
  position,
  messages: [{ kind, text }],
})

const success = <T>(value: T, next: number, consumed: boolean, error: ParseFailure): Outcome<T> => ({
  ok: true,
  consumed,
  value,
  next,
  error,
})
const failure = <T>(consumed: boolean, error: ParseFailure): Outcome<T> => ({
  ok: false,
  consumed,
  value: undefined,
  next: error.position,
  error,
})

function merge(a: ParseFailure, b: ParseFailure): ParseFailure {
  if (b.messages.length === 0 && a.messages.length > 0) return a
  if (a.messages.length === 0 && b.messages.length > 0) return b
  if (a.position > b.position) return a
  if (a.position < b.position) return b
  return { position: a.position, messages: [...a.messages, ...b.messages] }
}

function expecting(error: ParseFailure, text: string): ParseFailure {
  return {
    position: error.position,
    messages: [...error.messages.filter((message) => message.kind !== expected), { kind: expected, text }],
  }
}

/** Text as Haskell's `show` writes it. */
export function show(text: string): string {
  let shown = '"'
  let afterNumber = false
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0
    if (char === '"' || char === '\\') shown += `\\${char}`
    else if (char === '\n') shown += '\\n'
    else if (char === '\t') shown += '\\t'
    else if (char === '\r') shown += '\\r'
    else if (code < 32 || code > 126) shown += `\\${code}`
    else shown += afterNumber && char >= '0' && char <= '9' ? `\\&${char}` : char
    afterNumber = (code < 32 || code > 126) && !['\n', '\t', '\r'].includes(char)
  }
  return `${shown}"`
}

/** Succeeds with `value` without reading anything. */
export const pure =
  <T>(value: T): Parser<T> =>
  (_input, position) =>
    success(value, position, false, unknown(position))

/** Runs `parser`, then the parser that `next` makes of its value. */
export function bind<T, U>(parser: Parser<T>, next: (value: T) => Parser<U>): Parser<U> {
  return (input, position) => {
    const first = parser(input, position)
    if (!first.ok) return failure(first.consumed, first.error)
    const second = next(first.value as T)(input, first.next)
    if (second.consumed) return second
    const error = first.error.messages.length === 0 ? second.error : merge(first.error, second.error)
    return second.ok ? success(second.value as U, second.next, first.consumed, error) : failure(first.consumed, error)
  }
}

/** Changes the value of `parser`. */
export const map = <T, U>(parser: Parser<T>, change: (value: T) => U): Parser<U> =>
  bind(parser, (value) => pure(change(value)))
/** Runs both, keeps the first value. */
export const before = <T>(parser: Parser<T>, after: Parser<unknown>): Parser<T> =>
  bind(parser, (value) => map(after, () => value))
/** Runs both, keeps the second value. */
export const skip = <T>(first: Parser<unknown>, parser: Parser<T>): Parser<T> => bind(first, () => parser)
/** Runs `open`, `parser` and `close`, keeps the middle value. */
export const between = <T>(open: Parser<unknown>, close: Parser<unknown>, parser: Parser<T>): Parser<T> =>
  skip(open, before(parser, close))

/** The first of the alternatives that succeeds; one that failed after reading ends the search. */
export function choice<T>(...alternatives: Parser<T>[]): Parser<T> {
  return (input, position) => {
    let error = unknown(position)
    for (const [index, alternative] of alternatives.entries()) {
      const result = alternative(input, position)
      if (result.consumed) return result
      const merged = index === 0 ? result.error : merge(error, result.error)
      if (result.ok) return success(result.value as T, result.next, false, merged)
      error = merged
    }
    return failure(false, error)
  }
}

/** A failure counts as not having read anything. */
export const attempt =
  <T>(parser: Parser<T>): Parser<T> =>
  (input, position) => {
    const result = parser(input, position)
    return result.ok ? result : failure(false, result.error)
  }

/** Succeeds where `parser` would, without reading. */
export const lookAhead =
  <T>(parser: Parser<T>): Parser<T> =>
  (input, position) => {
    const result = parser(input, position)
    return result.ok ? success(result.value as T, position, false, unknown(position)) : result
  }

/** Names `parser` in error messages. */
export const label =
  <T>(parser: Parser<T>, text: string): Parser<T> =>
  (input, position) => {
    const result = parser(input, position)
    if (result.consumed) return result
    if (!result.ok) return failure(false, expecting(result.error, text))
    const error = result.error.messages.length === 0 ? result.error : expecting(result.error, text)
    return success(result.value as T, result.next, false, error)
  }

/** Fails without a message when `condition` is false. */
export const guard =
  (condition: boolean): Parser<null> =>
  (_input, position) =>
    condition ? success(null, position, false, unknown(position)) : failure(false, unknown(position))

/** One character that satisfies `test`. */
export const satisfy =
  (test: (char: string) => boolean): Parser<string> =>
  (input, position) => {
    const code = input.codePointAt(position)
    if (code === undefined) return failure(false, one(position, sysUnexpected, ''))
    const char = String.fromCodePoint(code)
    if (!test(char)) return failure(false, one(position, sysUnexpected, show(char)))
    const next = position + char.length
    return success(char, next, true, unknown(next))
  }

/** One given character. */
export const char = (wanted: string): Parser<string> =>
  label(
    satisfy((found) => found === wanted),
    show(wanted),
  )
/** One of the characters of `set`. */
export const oneOf = (set: string): Parser<string> => satisfy((found) => set.includes(found))
/** Any character that is not in `set`. */
export const noneOf = (set: string): Parser<string> => satisfy((found) => !set.includes(found))
/** Any character. */
export const anyChar: Parser<string> = satisfy(() => true)
/** A letter of any script. */
export const letter: Parser<string> = label(
  satisfy((found) => /\p{L}/u.test(found)),
  'letter',
)
/** A decimal digit. */
export const digit: Parser<string> = label(
  satisfy((found) => found >= '0' && found <= '9'),
  'digit',
)

/** A given text; counts as having read once its first character matched. */
export const text =
  (wanted: string): Parser<string> =>
  (input, position) => {
    for (let i = 0; i < wanted.length; i++) {
      const code = input.codePointAt(position + i)
      if (code === wanted.codePointAt(i)) continue
      const found = code === undefined ? '' : show(String.fromCodePoint(code))
      return failure(i > 0, expecting(one(position, sysUnexpected, found), show(wanted)))
    }
    const next = position + wanted.length
    return success(wanted, next, true, unknown(next))
  }

/** Any number of `parser`, none included. */
export const many =
  <T>(parser: Parser<T>): Parser<T[]> =>
  (input, position) => {
    const values: T[] = []
    let at = position
    for (;;) {
      const result = parser(input, at)
      if (!result.ok) {
        return result.consumed ? failure(true, result.error) : success(values, at, values.length > 0, result.error)
      }
      values.push(result.value as T)
      at = result.next
    }
  }

/** At least one of `parser`. */
export const many1 = <T>(parser: Parser<T>): Parser<T[]> =>
  bind(parser, (first) => map(many(parser), (rest) => [first, ...rest]))
/** At least one of `parser`, separated. */
export const sepBy1 = <T>(parser: Parser<T>, separator: Parser<unknown>): Parser<T[]> =>
  bind(parser, (first) => map(many(skip(separator, parser)), (rest) => [first, ...rest]))
/** Any number of `parser`, separated. */
export const sepBy = <T>(parser: Parser<T>, separator: Parser<unknown>): Parser<T[]> =>
  choice(sepBy1(parser, separator), pure<T[]>([]))
/** `parser` or, when it does not start here, `fallback`. */
export const option = <T>(fallback: T, parser: Parser<T>): Parser<T> => choice(parser, pure(fallback))
/** `parser` or null. */
export const optional = <T>(parser: Parser<T>): Parser<T | null> => option<T | null>(null, parser)

/** Succeeds where `parser` fails; `render` writes what was found instead. */
export const notFollowedBy = <T>(parser: Parser<T>, render: (value: T) => string): Parser<null> =>
  attempt((input, position) => {
    const result = attempt(parser)(input, position)
    if (!result.ok) return success(null, position, false, result.error)
    return failure(result.consumed, one(result.next, unexpectedKind, render(result.value as T)))
  })

const showChar = (found: string) => (found === "'" ? "'\\''" : `'${show(found).slice(1, -1).replace('\\"', '"')}'`)

/** The end of the input. */
export const end: Parser<null> = label((input, position) => {
  const code = input.codePointAt(position)
  return code === undefined
    ? success(null, position, false, one(position, sysUnexpected, ''))
    : failure(false, one(position, unexpectedKind, showChar(String.fromCodePoint(code))))
}, 'end of input')

/** {@link notFollowedBy} for a single character. */
export const notChar = (parser: Parser<string>): Parser<null> => notFollowedBy(parser, showChar)

/** Runs a parser over a whole text. The rest of the text may stay unread. */
export function parse<T>(
  parser: Parser<T>,
  input: string,
): { value: T } | { failure: ParseFailure; consumed: boolean } {
  const result = parser(input, 0)
  return result.ok ? { value: result.value as T } : { failure: result.error, consumed: result.consumed }
}

/** The failure's place, as Parsec writes it: `"name" (line 1, column 5)`. */
export function showPosition(name: string, input: string, failed: ParseFailure): string {
  let line = 1
  let column = 1
  for (const found of input.slice(0, failed.position)) {
    if (found === '\n') {
      line++
      column = 1
    } else if (found === '\t') {
      column += 8 - ((column - 1) % 8)
    } else {
      column++
    }
  }
  return `"${name}" (line ${line}, column ${column})`
}

/** What was found and what was expected, on one line. */
export function showMessages(failed: ParseFailure): string {
  if (failed.messages.length === 0) return 'unknown parse error'
  const of = (kind: MessageKind) => failed.messages.filter((message) => message.kind === kind)
  const texts = (kind: MessageKind) => [...new Set(of(kind).map((message) => message.text))].filter((t) => t !== '')
  const system = of(sysUnexpected)[0]
  const parts: string[] = []
  if (of(unexpectedKind).length > 0) parts.push(`unexpected ${commasOr(texts(unexpectedKind))}`)
  else if (system) parts.push(`unexpected ${system.text === '' ? 'end of input' : system.text}`)
  const wanted = texts(expected)
  if (wanted.length > 0) parts.push(`expecting ${commasOr(wanted)}`)
  return parts.join(' ')
}

function commasOr(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} or ${items[items.length - 1]}`
}
