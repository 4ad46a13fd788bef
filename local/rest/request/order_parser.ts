import { delimiter, field, fieldName, lexeme } from './field_parser.ts'
import {
  attempt,
  before,
  between,
  bind,
  char,
  choice,
  end,
  lookAhead,
  map,
  optional,
  type Parser,
  sepBy1,
  skip,
  text,
} from './parsec.ts'
import type { OrderTerm } from './types.ts'

const direction = optional(
  choice<'asc' | 'desc'>(
    attempt(map(skip(delimiter, text('asc')), () => 'asc')),
    attempt(map(skip(delimiter, text('desc')), () => 'desc')),
  ),
)
const nullsPosition = choice<'first' | 'last'>(
  attempt(map(skip(delimiter, text('nullsfirst')), () => 'first')),
  attempt(map(skip(delimiter, text('nullslast')), () => 'last')),
)
const termEnd = choice<unknown>(attempt(lookAhead(char(','))), attempt(end))
const nulls = choice(
  before(optional(nullsPosition), termEnd),
  map(termEnd, () => null),
)

const modifiers = bind(direction, (given) => map(nulls, (position) => ({ direction: given, nulls: position })))

const ownTerm: Parser<OrderTerm> = bind(field, (ordered) =>
  map(modifiers, (rest) => ({ relation: null, field: ordered, ...rest })),
)

const relatedTerm: Parser<OrderTerm> = bind(fieldName, (relation) =>
  bind(between(char('('), char(')'), field), (ordered) =>
    map(modifiers, (rest) => ({ relation, field: ordered, ...rest })),
  ),
)

/** The value of an `order` parameter. */
export const orderTerms: Parser<OrderTerm[]> = sepBy1(lexeme(choice(attempt(relatedTerm), ownTerm)), char(','))
