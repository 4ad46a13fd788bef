import { field, fieldName, identifier, lexeme } from './field_parser.ts'
import {
  attempt,
  before,
  between,
  bind,
  char,
  choice,
  end,
  guard,
  lookAhead,
  map,
  notChar,
  optional,
  type Parser,
  sepBy,
  skip,
  text,
} from './parsec.ts'
import type { Aggregate, JoinType, SelectItem } from './types.ts'

const aliasSeparator = skip(char(':'), notChar(char(':')))
const alias = optional(attempt(before(fieldName, aliasSeparator)))
const itemEnd = choice<unknown>(attempt(lookAhead(text(')'))), attempt(lookAhead(text(','))), attempt(end))

type EmbedParameter = { join: JoinType } | { hint: string }
const embedParameter: Parser<EmbedParameter> = skip(
  char('!'),
  choice<EmbedParameter>(
    attempt(map(text('left'), () => ({ join: 'left' }))),
    attempt(map(text('inner'), () => ({ join: 'inner' }))),
    attempt(map(fieldName, (hint) => ({ hint }))),
  ),
)

const embedParameters: Parser<{ hint: string | null; join: JoinType | null }> = bind(
  optional(embedParameter),
  (first) =>
    map(optional(embedParameter), (second) => {
      const given = [first, second]
      const hint = given.find((parameter) => parameter !== null && 'hint' in parameter)
      const join = given.find((parameter) => parameter !== null && 'join' in parameter)
      return {
        hint: hint && 'hint' in hint ? hint.hint : null,
        join: join && 'join' in join ? join.join : null,
      }
    }),
)

interface EmbedHead {
  readonly kind: 'embed' | 'spread'
  readonly relation: string
  readonly alias: string | null
  readonly hint: string | null
  readonly join: JoinType | null
}

const opens = attempt(lookAhead(text('(')))

const embedHead: Parser<EmbedHead> = lexeme(
  bind(alias, (given) =>
    bind(fieldName, (relation) =>
      skip(
        guard(relation !== 'count'),
        bind(embedParameters, ({ hint, join }) =>
          map(opens, (): EmbedHead => ({ kind: 'embed', relation, alias: given, hint, join })),
        ),
      ),
    ),
  ),
)

const spreadHead: Parser<EmbedHead> = lexeme(
  bind(skip(text('...'), fieldName), (relation) =>
    bind(embedParameters, ({ hint, join }) =>
      map(opens, (): EmbedHead => ({ kind: 'spread', relation, alias: null, hint, join })),
    ),
  ),
)

const aggregate: Parser<Aggregate> = choice<Aggregate>(
  map(text('sum'), () => 'sum'),
  map(text('avg'), () => 'avg'),
  map(text('count'), () => 'count'),
  attempt(map(text('max'), () => 'max')),
  attempt(map(text('min'), () => 'min')),
)

const cast = optional(skip(text('::'), identifier))

const star: Parser<SelectItem> = attempt(
  map(before(text('*'), itemEnd), () => ({
    kind: 'field',
    field: { name: '*', path: [] },
    aggregate: null,
    aggregateCast: null,
    cast: null,
    alias: null,
  })),
)

const countAll: Parser<SelectItem> = attempt(
  bind(alias, (given) =>
    skip(
      text('count()'),
      bind(cast, (aggregateCast) =>
        map(itemEnd, () => ({
          kind: 'field',
          field: { name: '*', path: [] },
          aggregate: 'count',
          aggregateCast,
          cast: null,
          alias: given,
        })),
      ),
    ),
  ),
)

const column: Parser<SelectItem> = bind(alias, (given) =>
  bind(field, (selected) =>
    bind(cast, (columnCast) =>
      bind(optional(attempt(skip(char('.'), before(aggregate, text('()'))))), (applied) =>
        bind(cast, (aggregateCast) =>
          map(itemEnd, () => ({
            kind: 'field',
            field: selected,
            aggregate: applied,
            aggregateCast,
            cast: columnCast,
            alias: given,
          })),
        ),
      ),
    ),
  ),
)

const fieldItem = lexeme(choice(star, countAll, column))

const withItems = (head: Parser<EmbedHead>): Parser<SelectItem> =>
  bind(attempt(head), (found) =>
    map(
      between(char('('), char(')'), (input, position) => selectItems(input, position)),
      (items): SelectItem => ({ ...found, items }),
    ),
  )

/** The whole `select` parameter. */
export const selectItems: Parser<SelectItem[]> = sepBy(
  choice(withItems(spreadHead), withItems(embedHead), fieldItem),
  lexeme(char(',')),
)

/** The item that stands for a missing `select`. */
export const allColumns: SelectItem = {
  kind: 'field',
  field: { name: '*', path: [] },
  aggregate: null,
  aggregateCast: null,
  cast: null,
  alias: null,
}
