/** One step into a JSON value: `->key`, `->>key`, `->0`. */
export interface JsonStep {
  /** `->>`: the value as text. */
  readonly asText: boolean
  readonly operand: { readonly key: string } | { readonly index: string }
}

/** A column, or something inside a JSON column. */
export interface Field {
  readonly name: string
  readonly path: readonly JsonStep[]
}

/** Aggregate functions that `select` may apply. */
export type Aggregate = 'sum' | 'avg' | 'count' | 'max' | 'min'

/** `!inner` drops rows without a match, `!left` keeps them. */
export type JoinType = 'inner' | 'left'

/** One item of the `select` parameter. */
export type SelectItem =
  | {
      readonly kind: 'field'
      readonly field: Field
      readonly aggregate: Aggregate | null
      readonly aggregateCast: string | null
      readonly cast: string | null
      readonly alias: string | null
    }
  | {
      readonly kind: 'embed' | 'spread'
      readonly relation: string
      readonly alias: string | null
      readonly hint: string | null
      readonly join: JoinType | null
      readonly items: readonly SelectItem[]
    }

/** Operators that take one value as it is. */
export type SimpleOperator = 'neq' | 'cs' | 'cd' | 'ov' | 'sl' | 'sr' | 'nxr' | 'nxl' | 'adj'
/** Operators that may be combined with `any` and `all`. */
export type QuantifiableOperator = 'eq' | 'gte' | 'gt' | 'lte' | 'lt' | 'like' | 'ilike' | 'match' | 'imatch'
/** Full-text search operators. */
export type SearchOperator = 'fts' | 'plfts' | 'phfts' | 'wfts'
/** What `is` compares with. */
export type IsValue = 'null' | 'not_null' | 'true' | 'false' | 'unknown'

/** The condition of a filter. */
export type Operation =
  | { readonly kind: 'simple'; readonly operator: SimpleOperator; readonly value: string }
  | {
      readonly kind: 'quantified'
      readonly operator: QuantifiableOperator
      readonly quantifier: 'any' | 'all' | null
      readonly value: string
    }
  | { readonly kind: 'in'; readonly values: readonly string[] }
  | { readonly kind: 'is'; readonly value: IsValue }
  | { readonly kind: 'distinct'; readonly value: string }
  | {
      readonly kind: 'search'
      readonly operator: SearchOperator
      readonly language: string | null
      readonly value: string
    }

/** A condition, perhaps negated. */
export interface Condition {
  readonly negated: boolean
  readonly operation: Operation
}

/** `column=operator.value`. */
export interface Filter {
  readonly field: Field
  readonly condition: Condition
}

/** Filters joined by `and` and `or`. */
export type Logic =
  | { readonly kind: 'filter'; readonly filter: Filter }
  | { readonly kind: 'group'; readonly negated: boolean; readonly operator: 'and' | 'or'; readonly members: Logic[] }

/** One term of an `order` parameter. */
export interface OrderTerm {
  /** Name of the embed whose column is meant; null for an own column. */
  readonly relation: string | null
  readonly field: Field
  readonly direction: 'asc' | 'desc' | null
  readonly nulls: 'first' | 'last' | null
}

/** Names of the embeds that lead to where a parameter applies; empty at the root. */
export type EmbedPath = readonly string[]

/** Something that applies at a place of the embed tree. */
export interface At<T> {
  readonly path: EmbedPath
  readonly value: T
}
