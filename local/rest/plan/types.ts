import type { Range } from '../request/ranges.ts'
import type { Aggregate, Condition, Field, JoinType, JsonStep } from '../request/types.ts'
import type { Qualified, Relationship } from '../schema_cache/types.ts'

/** A field with what is known of its column: how to read, write or compare it. */
export interface TypedField {
  readonly name: string
  readonly path: readonly JsonStep[]
  /** Whether a JSON path needs `to_jsonb` first. */
  readonly toJson: boolean
  /** Set when the field is searched as text: the language, or null for the default one. */
  readonly searchLanguage: { readonly language: string | null } | null
  /** Type as declared; empty when not known. */
  readonly type: string
  readonly baseType: string
  /** Function that converts the value. */
  readonly transform: string | null
  readonly default: string | null
  /** Stands for the whole row, in `count()` of a spread embed. */
  readonly isFullRow: boolean
}

/** A field of which nothing is known. */
export const unknownField = (name: string, path: readonly JsonStep[] = []): TypedField => ({
  name,
  path,
  toJson: false,
  searchLanguage: null,
  type: '',
  baseType: '',
  transform: null,
  default: null,
  isFullRow: false,
})

/** A selected column. */
export interface SelectedField {
  readonly field: TypedField
  readonly aggregate: Aggregate | null
  readonly aggregateCast: string | null
  readonly cast: string | null
  readonly alias: string | null
}

/** A condition of a statement. */
export type PlannedLogic =
  | { readonly kind: 'filter'; readonly field: TypedField; readonly condition: Condition }
  /** Whether an embed has rows. */
  | { readonly kind: 'embed'; readonly isNull: boolean; readonly alias: string }
  | {
      readonly kind: 'group'
      readonly negated: boolean
      readonly operator: 'and' | 'or'
      readonly members: readonly PlannedLogic[]
    }

/** A term of an order; `relation` is the alias of a to-one embed. */
export interface PlannedOrder {
  readonly relation: string | null
  readonly field: TypedField
  readonly direction: 'asc' | 'desc' | null
  readonly nulls: 'first' | 'last' | null
}

/** A column taken over from a spread embed. */
export interface SpreadField {
  readonly name: string
  readonly aggregate: Aggregate | null
  readonly aggregateCast: string | null
  readonly alias: string | null
}

/** What a node's statement selects of its embeds. */
export type EmbedSelect =
  | {
      readonly kind: 'json'
      readonly name: string
      readonly alias: string
      readonly isArray: boolean
      /** Nothing is selected inside, so nothing is shown. */
      readonly isEmpty: boolean
    }
  | { readonly kind: 'spread'; readonly alias: string; readonly fields: readonly SpreadField[] }

/** How a spread embed gives its columns to the parent; to-many ones as arrays. */
export type Spread =
  | { readonly kind: 'one' }
  | {
      readonly kind: 'many'
      /** Columns that only the order needs; `relation` is the alias of the embed they come from. */
      readonly extra: readonly { readonly relation: string | null; readonly selected: SelectedField }[]
      readonly order: readonly PlannedOrder[]
    }

/** `left = right` of two columns. */
export interface JoinCondition {
  readonly left: { readonly table: Qualified; readonly column: string }
  readonly right: { readonly table: Qualified; readonly column: string }
}

/** The plan for one relation, with those of its embeds. Built step by step, so its fields change. */
export interface ReadNode {
  /** Name as requested. */
  readonly name: string
  readonly alias: string | null
  readonly hint: string | null
  readonly join: JoinType | null
  readonly depth: number
  select: SelectedField[]
  from: Qualified
  fromAlias: string | null
  where: PlannedLogic[]
  order: PlannedOrder[]
  range: Range
  relationship: Relationship | null
  /** Alias of the parent's row that a computed relationship's function is called with. */
  computedFrom: string | null
  joinConditions: JoinCondition[]
  /** Name under which the parent's statement knows this node. */
  aggregateAlias: string
  spread: Spread | null
  embedSelects: EmbedSelect[]
  /** Whether a filter addressed the node by its name although it has an alias. */
  isAddressedByName: boolean
  children: ReadNode[]
}

/** Name under which an embed is addressed by filters and shown. */
export const shownName = (node: ReadNode): string => node.alias ?? node.name

/** A field as requested, kept where its column's type does not matter. */
export const plainField = (field: Field): TypedField => unknownField(field.name, field.path)
