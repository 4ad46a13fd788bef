import { delimiter, field, fieldName, identifier, lexeme, quotedValue } from './field_parser.ts'
import {
  anyChar,
  attempt,
  before,
  between,
  bind,
  char,
  choice,
  label,
  many,
  map,
  noneOf,
  notChar,
  optional,
  type Parser,
  pure,
  satisfy,
  sepBy1,
  skip,
  text,
} from './parsec.ts'
import type {
  Condition,
  IsValue,
  Logic,
  Operation,
  QuantifiableOperator,
  SearchOperator,
  SimpleOperator,
} from './types.ts'

const named = <T extends string>(name: T, label_: string = name): Parser<T> => attempt(map(text(label_), () => name))

const simpleOperator: Parser<SimpleOperator> = label(
  choice<SimpleOperator>(
    named('neq'),
    named('cs'),
    named('cd'),
    named('ov'),
    named('sl'),
    named('sr'),
    named('nxr'),
    named('nxl'),
    named('adj'),
  ),
  'unknown single value operator',
)

const quantifiable: Parser<QuantifiableOperator> = label(
  choice<QuantifiableOperator>(
    named('eq'),
    named('gte'),
    named('gt'),
    named('lte'),
    named('lt'),
    named('like'),
    named('ilike'),
    named('match'),
    named('imatch'),
  ),
  'unknown single value operator',
)

const searchOperator: Parser<SearchOperator> = choice<SearchOperator>(
  named('fts'),
  named('plfts'),
  named('phfts'),
  named('wfts'),
)

const quantifier = optional(
  attempt(
    between(
      char('('),
      char(')'),
      choice<'any' | 'all'>(
        named('any'),
        map(text('all'), () => 'all'),
      ),
    ),
  ),
)

const foldedText = (wanted: string): Parser<string> =>
  [...wanted].reduce<Parser<string>>(
    (parser, letter) =>
      skip(
        parser,
        choice(
          label(
            satisfy((found) => found === letter),
            `"${letter}"`,
          ),
          label(
            satisfy((found) => found === letter.toUpperCase()),
            `"${letter.toUpperCase()}"`,
          ),
        ),
      ),
    pure(''),
  )

const isWord = (word: string, value: IsValue): Parser<IsValue> => attempt(map(foldedText(word), () => value))
const isValue: Parser<IsValue> = label(
  choice<IsValue>(
    isWord('null', 'null'),
    isWord('not_null', 'not_null'),
    isWord('true', 'true'),
    isWord('false', 'false'),
    isWord('unknown', 'unknown'),
  ),
  'isVal: (null, not_null, true, false, unknown)',
)

const wholeQuoted = attempt(before(quotedValue, notChar(noneOf(',)'))))
const untilSeparator = map(many(noneOf(',)')), (chars) => chars.join(''))
const listElement = choice(wholeQuoted, untilSeparator)
const list: Parser<string[]> = between(lexeme(char('(')), lexeme(char(')')), sepBy1(listElement, char(',')))

const operation = (value: Parser<string>): Parser<Operation> =>
  label(
    choice<Operation>(
      map(skip(attempt(skip(text('in'), delimiter)), list), (values) => ({ kind: 'in', values })),
      map(skip(attempt(skip(text('is'), delimiter)), isValue), (is) => ({ kind: 'is', value: is })),
      map(skip(attempt(skip(text('isdistinct'), delimiter)), value), (given) => ({ kind: 'distinct', value: given })),
      attempt(
        bind(searchOperator, (operator) =>
          bind(optional(attempt(between(char('('), char(')'), identifier))), (language) =>
            map(skip(delimiter, value), (given) => ({ kind: 'search', operator, language, value: given })),
          ),
        ),
      ),
      attempt(
        bind(simpleOperator, (operator) =>
          map(skip(delimiter, value), (given) => ({ kind: 'simple', operator, value: given })),
        ),
      ),
      attempt(
        bind(quantifiable, (operator) =>
          bind(quantifier, (all) =>
            map(skip(delimiter, value), (given) => ({ kind: 'quantified', operator, quantifier: all, value: given })),
          ),
        ),
      ),
    ),
    'operator (eq, gt, ...)',
  )

const condition = (value: Parser<string>): Parser<Condition> =>
  bind(choice(attempt(map(skip(text('not'), delimiter), () => true)), pure(false)), (negated) =>
    map(operation(value), (parsed) => ({ negated, operation: parsed })),
  )

/** The value of a filter parameter, such as `not.eq.5`. */
export const filterCondition: Parser<Condition> = condition(map(many(anyChar), (chars) => chars.join('')))

const arrayLiteral = bind(text('{'), (open) =>
  bind(many(noneOf('{}')), (chars) => map(text('}'), (close) => open + chars.join('') + close)),
)
const logicValue = choice(wholeQuoted, attempt(arrayLiteral), untilSeparator)

const logicFilter: Parser<Logic> = bind(field, (filtered) =>
  map(skip(delimiter, condition(logicValue)), (parsed) => ({
    kind: 'filter',
    filter: { field: filtered, condition: parsed },
  })),
)

const negation = label(
  choice(attempt(map(skip(text('not'), delimiter), () => true)), pure(false)),
  'negation operator (not)',
)
const logicOperator = label(
  choice<'and' | 'or'>(
    attempt(map(text('and'), () => 'and')),
    map(text('or'), () => 'or'),
  ),
  'logic operator (and, or)',
)

/** Filters joined by `and(...)` and `or(...)`. */
export const logicTree: Parser<Logic> = choice<Logic>(
  attempt(logicFilter),
  bind(negation, (negated) =>
    bind(logicOperator, (operator) =>
      map(
        between(
          lexeme(char('(')),
          lexeme(char(')')),
          sepBy1<Logic>((input, position) => logicTree(input, position), lexeme(char(','))),
        ),
        (members) => ({ kind: 'group', negated, operator, members }),
      ),
    ),
  ),
)

/** Name of an `and`/`or` parameter: the embeds it applies to, and the operator with its negation. */
export const logicPath: Parser<{ path: string[]; operator: string }> = map(sepBy1(fieldName, delimiter), (names) => {
  const operator = names[names.length - 1] ?? ''
  return {
    path: names.slice(0, -1).filter((name) => name !== 'not'),
    operator: names.includes('not') ? `not.${operator}` : operator,
  }
})
