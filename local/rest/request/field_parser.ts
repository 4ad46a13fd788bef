import {
  anyChar,
  attempt,
  before,
  between,
  bind,
  char,
  choice,
  digit,
  end,
  label,
  letter,
  lookAhead,
  many,
  many1,
  map,
  noneOf,
  notChar,
  oneOf,
  option,
  type Parser,
  sepBy1,
  skip,
  text,
} from './parsec.ts'
import type { Field, JsonStep } from './types.ts'

const blanks = many(oneOf(' \t'))

/** Allows blanks around `parser`. */
export const lexeme = <T>(parser: Parser<T>): Parser<T> => between(blanks, blanks, parser)

/** The dot between the parts of a filter or a path. */
export const delimiter: Parser<string> = label(char('.'), 'delimiter (.)')

/** A value in double quotes; a backslash keeps the next character. */
export const quotedValue: Parser<string> = map(
  between(char('"'), char('"'), many(choice(noneOf('\\"'), skip(char('\\'), anyChar)))),
  (chars) => chars.join(''),
)

const identifierChar = choice(letter, digit, oneOf('_ $'))

/** Letters, digits, blanks, `_` and `$`. */
export const identifier: Parser<string> = map(many1(identifierChar), (chars) => chars.join('').trim())

const dash = attempt(skip(char('-'), notChar(char('>'))))
const joinedByDash = (part: Parser<string>): Parser<string> => map(sepBy1(part, dash), (parts) => parts.join('-'))

/** Name of a column, relation or parameter. */
export const fieldName: Parser<string> = label(
  choice(quotedValue, joinedByDash(identifier)),
  'field name (* or [a..z0..9_$])',
)

const jsonKeyIdentifier = map(many1(noneOf('(-:.,>)')), (chars) => chars.join('').trim())
const jsonKey = label(
  choice(quotedValue, joinedByDash(jsonKeyIdentifier)),
  'any non reserved character different from: .,>()',
)

const indexEnd = choice<unknown>(
  attempt(lookAhead(text('->'))),
  attempt(lookAhead(text('::'))),
  attempt(lookAhead(text('.'))),
  attempt(lookAhead(text(','))),
  attempt(end),
)
const jsonIndex = before(
  bind(option('+', char('-')), (sign) => map(many1(digit), (digits) => sign + digits.join(''))),
  indexEnd,
)

const arrow = choice(attempt(map(text('->>'), () => true)), attempt(map(text('->'), () => false)))
const jsonStep: Parser<JsonStep> = bind(arrow, (asText) =>
  choice<JsonStep>(
    attempt(map(jsonIndex, (index) => ({ asText, operand: { index } }))),
    attempt(map(jsonKey, (key) => ({ asText, operand: { key } }))),
  ),
)

/** Any number of `->` and `->>` steps. */
export const jsonPath: Parser<JsonStep[]> = many(jsonStep)

/** A column with its JSON path. */
export const field: Parser<Field> = lexeme(
  bind(fieldName, (name) => map(option<JsonStep[]>([], jsonPath), (path) => ({ name, path }))),
)

/** `embed.embed.column->path`: where a filter applies, and to what. */
export const treePath: Parser<{ path: string[]; field: Field }> = bind(sepBy1(fieldName, delimiter), (names) =>
  map(option<JsonStep[]>([], jsonPath), (path) => ({
    path: names.slice(0, -1),
    field: { name: names[names.length - 1] ?? '', path },
  })),
)

/** Comma-separated column names. */
export const columnList: Parser<string[]> = sepBy1(fieldName, lexeme(char(',')))
