import type { FuzzySet } from '../fuzzy.ts'

/** A name within a schema. An empty schema means a name of the statement itself (a CTE, an alias). */
export interface Qualified {
  readonly schema: string
  readonly name: string
}

/** The key of a qualified name in the maps of the cache. */
export const keyOf = (schema: string, name: string): string => `${schema}\u0000${name}`

/** A column of a table or view. */
export interface Column {
  readonly name: string
  readonly description: string | null
  readonly nullable: boolean
  /** Type; for a domain over a built-in type, the built-in type. */
  readonly type: string
  /** Type as declared. */
  readonly nominalType: string
  readonly maxLength: number | null
  readonly default: string | null
  readonly enumValues: readonly string[]
}

/** A table or view. */
export interface Table extends Qualified {
  readonly description: string | null
  readonly isView: boolean
  readonly insertable: boolean
  readonly updatable: boolean
  readonly deletable: boolean
  readonly keyColumns: readonly string[]
  readonly columns: ReadonlyMap<string, Column>
}

/** Pairs of columns that a foreign key compares: own, other. */
export type ColumnPairs = readonly (readonly [own: string, other: string])[]

/** How the rows of two tables belong together. */
export type Cardinality =
  | { readonly kind: 'one-to-many' | 'many-to-one'; readonly constraint: string; readonly columns: ColumnPairs }
  | {
      readonly kind: 'one-to-one'
      readonly constraint: string
      readonly columns: ColumnPairs
      readonly isParent: boolean
    }
  | {
      readonly kind: 'many-to-many'
      readonly junction: Qualified
      readonly sourceConstraint: string
      readonly targetConstraint: string
      /** Columns of the source with those of the junction. */
      readonly sourceColumns: ColumnPairs
      /** Columns of the target with those of the junction. */
      readonly targetColumns: ColumnPairs
    }

/** A relationship found through foreign keys. */
export interface ForeignRelationship {
  readonly kind: 'foreign'
  readonly table: Qualified
  readonly target: Qualified
  readonly isSelf: boolean
  readonly cardinality: Cardinality
  readonly tableIsView: boolean
  readonly targetIsView: boolean
}

/** A relationship that a function computes. */
export interface ComputedRelationship {
  readonly kind: 'computed'
  readonly function: Qualified
  readonly table: Qualified
  readonly target: Qualified
  readonly toOne: boolean
  readonly isSelf: boolean
}

/** Any relationship. */
export type Relationship = ForeignRelationship | ComputedRelationship

/** A parameter of a function. */
export interface RoutineParameter {
  /** Empty for an unnamed parameter. */
  readonly name: string
  readonly type: string
  /** Like `type`, without a length that would cut values. */
  readonly castType: string
  readonly required: boolean
  readonly variadic: boolean
}

/** Levels that a transaction may run at. */
export type Isolation = 'read committed' | 'repeatable read' | 'serializable'

/** A function that can be called. */
export interface Routine extends Qualified {
  readonly description: string | null
  readonly parameters: readonly RoutineParameter[]
  readonly returns: Qualified & { readonly set: boolean; readonly composite: boolean }
  readonly volatility: 'volatile' | 'stable' | 'immutable'
  readonly hasVariadic: boolean
  readonly isolation: Isolation | null
  /** Settings of the function that must hold for the whole transaction. */
  readonly settings: readonly (readonly [name: string, value: string])[]
}

/** Function (or domain) that makes a media type of rows. */
export interface CustomHandler {
  readonly function: Qualified
  /** The type of the rows; null for any. */
  readonly target: Qualified | null
  /** The media type that is answered. */
  readonly produces: string
}

/** Everything that planning needs to know about the database. */
export interface SchemaCache {
  readonly tables: ReadonlyMap<string, Table>
  /** By table and schema of the target, see {@link relationshipKey}. */
  readonly relationships: ReadonlyMap<string, readonly Relationship[]>
  readonly routines: ReadonlyMap<string, readonly Routine[]>
  /** Cast functions between domains and json or text, by {@link keyOf} of both type names. */
  readonly representations: ReadonlyMap<string, string>
  /** Custom media types, by {@link handlerKey}. */
  readonly handlers: ReadonlyMap<string, CustomHandler>
  /** Table names of each schema, for hints; made when first asked for. */
  similarTables(schema: string): FuzzySet | null
}

/** Key of {@link SchemaCache.relationships}. */
export const relationshipKey = (table: Qualified, targetSchema: string): string =>
  `${keyOf(table.schema, table.name)}\u0000${targetSchema}`

/** Key of {@link SchemaCache.handlers}. */
export const handlerKey = (target: Qualified | null, mediaType: string): string =>
  `${target ? keyOf(target.schema, target.name) : ''}\u0000${mediaType.toLowerCase()}`

/** Whether at most one row of the target belongs to a row. */
export const isToOne = (relationship: Relationship): boolean =>
  relationship.kind === 'computed'
    ? relationship.toOne
    : relationship.cardinality.kind === 'many-to-one' || relationship.cardinality.kind === 'one-to-one'

/** What a function returns, as the statements distinguish it. */
export const returnsSingle = (routine: Routine): boolean => !routine.returns.set
/** A single value that is no row. */
export const returnsScalar = (routine: Routine): boolean => !routine.returns.set && !routine.returns.composite
/** Many values that are no rows. */
export const returnsSetOfScalar = (routine: Routine): boolean => routine.returns.set && !routine.returns.composite
/** A single row. */
export const returnsSingleRow = (routine: Routine): boolean => !routine.returns.set && routine.returns.composite
/** Nothing. */
export const returnsVoid = (routine: Routine): boolean =>
  returnsScalar(routine) && routine.returns.schema === 'pg_catalog' && routine.returns.name === 'void'
