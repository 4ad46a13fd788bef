import { RestError } from '../errors.ts'
import { FuzzySet } from '../fuzzy.ts'
import {
  type Cardinality,
  type ForeignRelationship,
  type Relationship,
  relationshipKey,
  type SchemaCache,
} from '../schema_cache/types.ts'

/**
 * Finds the relationship that an embed means.
 *
 * @param origin name of the parent table
 * @param target what was requested: a table, a foreign key or a column
 * @param hint what stands behind `!`
 * @throws {RestError} PGRST200 when there is none, PGRST201 when there are several
 */
export function findRelationship(
  cache: SchemaCache,
  schema: string,
  origin: string,
  target: string,
  hint: string | null,
): Relationship {
  const candidates = cache.relationships.get(relationshipKey({ schema, name: origin }, schema)) ?? []
  const found = candidates.filter((candidate) => isMeant(candidate, target, hint))
  if (found.length > 1) throw ambiguous(origin, target, found)
  const [relationship] = found
  if (!relationship) throw notFound(cache, schema, origin, target, hint)
  return relationship
}

function isMeant(relationship: Relationship, target: string, hint: string | null): boolean {
  if (relationship.kind === 'computed') return target === relationship.function.name
  const { cardinality } = relationship
  const isTable = target === relationship.target.name
  if (relationship.isSelf) {
    const isChildren = isTable && cardinality.kind === 'one-to-many'
    // One key makes two relationships: children are named by the table, the parent by the column.
    if (hint === null) return isChildren || (ownColumn(cardinality) === target && cardinality.kind === 'many-to-one')
    return isChildren && otherColumn(cardinality) === hint
  }
  if (hint === null) {
    const isKey = constraintOf(cardinality) === target || ownColumn(cardinality) === target
    return isTable || (isKey && !relationship.targetIsView)
  }
  return (
    isTable &&
    (constraintOf(cardinality) === hint ||
      ownColumn(cardinality) === hint ||
      otherColumn(cardinality) === hint ||
      (cardinality.kind === 'many-to-many' && cardinality.junction.name === hint))
  )
}

const single = (cardinality: Cardinality) =>
  cardinality.kind === 'many-to-many' || cardinality.columns.length !== 1 ? undefined : cardinality.columns[0]
const ownColumn = (cardinality: Cardinality): string | undefined => single(cardinality)?.[0]
const otherColumn = (cardinality: Cardinality): string | undefined => single(cardinality)?.[1]
const constraintOf = (cardinality: Cardinality): string | undefined =>
  cardinality.kind === 'many-to-many' ? undefined : cardinality.constraint

function notFound(cache: SchemaCache, schema: string, origin: string, target: string, hint: string | null): RestError {
  const using = hint === null ? '' : `' using the hint '${hint}`
  return new RestError({
    status: 400,
    code: 'PGRST200',
    message: `Could not find a relationship between '${origin}' and '${target}' in the schema cache`,
    details: `Searched for a foreign key relationship between '${origin}' and '${target}${using}' in the schema '${schema}', but no matches were found.`,
    hint: similarName(cache, schema, origin, target),
  })
}

function similarName(cache: SchemaCache, schema: string, origin: string, target: string): string | null {
  const known = cache.relationships.get(relationshipKey({ schema, name: origin }, schema))
  if (known) {
    const targets = new FuzzySet(known.map((relationship) => relationship.target.name))
    const similar = targets.get(target).find((match) => match.score < 1)
    return similar ? `Perhaps you meant '${similar.name}' instead of '${target}'.` : null
  }
  const parents = [...cache.relationships.keys()]
    .map((key) => key.split('\u0000'))
    .flatMap(([, name, targetSchema]) => (targetSchema === schema && name !== undefined ? [name] : []))
  const similar = new FuzzySet(parents).best(origin)
  return similar === null ? null : `Perhaps you meant '${similar}' instead of '${origin}'.`
}

function ambiguous(origin: string, target: string, found: readonly Relationship[]): RestError {
  const foreign = found.filter((relationship) => relationship.kind === 'foreign')
  const names = foreign.map(({ target: table, cardinality }) => {
    const hint = cardinality.kind === 'many-to-many' ? cardinality.junction.name : cardinality.constraint
    return `'${table.name}!${hint}'`
  })
  return new RestError({
    status: 300,
    code: 'PGRST201',
    message: `Could not embed because more than one relationship was found for '${origin}' and '${target}'`,
    details: foreign.map(describe),
    hint: `Try changing '${target}' to one of the following: ${names.join(', ')}. Find the desired relationship in the 'details' key.`,
  })
}

const columnsText = (columns: readonly (string | undefined)[]): string => `(${columns.join(', ')})`

function describe({ table, target, cardinality }: ForeignRelationship): Record<string, string> {
  const embedding = `${table.name} with ${target.name}`
  if (cardinality.kind === 'many-to-many') {
    const source = cardinality.sourceConstraint + columnsText(cardinality.sourceColumns.map(([, column]) => column))
    const other = cardinality.targetConstraint + columnsText(cardinality.targetColumns.map(([, column]) => column))
    return {
      cardinality: cardinality.kind,
      embedding,
      relationship: `${cardinality.junction.name} using ${source} and ${other}`,
    }
  }
  const own = table.name + columnsText(cardinality.columns.map(([column]) => column))
  const other = target.name + columnsText(cardinality.columns.map(([, column]) => column))
  return {
    cardinality: cardinality.kind,
    embedding,
    relationship: `${cardinality.constraint} using ${own} and ${other}`,
  }
}
