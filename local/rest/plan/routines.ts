import { RestError } from '../errors.ts'
import { FuzzySet } from '../fuzzy.ts'
import type { MediaType } from '../request/media_types.ts'
import { keyOf, type Qualified, type Routine, type SchemaCache } from '../schema_cache/types.ts'

/** Similarity that a suggested function name needs; names below it would tell too much of what exists. */
const leastSimilarity = 0.75

/** What is known of a call before its function is. */
export interface CallSignature {
  readonly name: Qualified
  /** Names of the given arguments. */
  readonly args: readonly string[]
  readonly contentType: MediaType
  readonly isPost: boolean
}

const singleTypes: Partial<Record<MediaType['kind'], readonly string[]>> = {
  json: ['json', 'jsonb'],
  text: ['text'],
  xml: ['xml'],
  binary: ['bytea'],
}

/**
 * Finds the function that takes exactly the given arguments; failing that, the one whose only, unnamed parameter takes
 * the whole body.
 *
 * @throws {RestError} PGRST202 when there is none, PGRST203 when there are several
 */
export function findRoutine(cache: SchemaCache, call: CallSignature): Routine {
  const overloads = cache.routines.get(keyOf(call.name.schema, call.name.name)) ?? []
  const named = overloads.filter((routine) => takesArguments(routine, call))
  const candidates =
    named.length > 0 ? named : overloads.filter((routine) => !takesArguments(routine, call) && takesBody(routine, call))
  if (candidates.length > 1) throw ambiguous(candidates)
  const [routine] = candidates
  if (!routine) throw notFound(cache, call, overloads)
  return routine
}

function takesArguments({ parameters }: Routine, { args, contentType, isPost }: CallSignature): boolean {
  if (parameters.length === 0) {
    const isWholeBody = contentType.kind === 'binary' || contentType.kind === 'text' || contentType.kind === 'xml'
    return args.length === 0 && !(isPost && isWholeBody)
  }
  const known = new Set(parameters.map((parameter) => parameter.name))
  const given = new Set(args)
  return (
    args.every((name) => known.has(name)) &&
    parameters.every((parameter) => !parameter.required || given.has(parameter.name))
  )
}

function takesBody({ parameters }: Routine, { contentType, isPost }: CallSignature): boolean {
  const [parameter] = parameters
  if (!isPost || parameters.length !== 1 || !parameter || parameter.name !== '') return false
  return singleTypes[contentType.kind]?.includes(parameter.type) ?? false
}

const isWholeBodyCall = ({ isPost, contentType }: CallSignature): boolean =>
  isPost && (contentType.kind === 'text' || contentType.kind === 'xml' || contentType.kind === 'binary')

function notFound(cache: SchemaCache, call: CallSignature, overloads: readonly Routine[]): RestError {
  const { name, args, contentType, isPost } = call
  const full = `${name.schema}.${name.name}`
  const list = args.join(', ')
  const withArgs = args.length === 0 ? ' without parameters' : ` with parameter${args.length > 1 ? 's' : ''} ${list}`
  const isWhole = isWholeBodyCall(call)
  const wholeType = contentType.kind === 'binary' ? 'bytea' : contentType.kind
  const orJson = isPost && contentType.kind === 'json' ? ' or with a single unnamed json/jsonb parameter' : ''
  const searched = isWhole ? ` with a single unnamed ${wholeType} parameter` : withArgs + orJson
  const signature = args.length === 0 ? ' without parameters' : `(${list})`
  return new RestError({
    status: 404,
    code: 'PGRST202',
    message: `Could not find the function ${full}${isWhole ? '' : signature} in the schema cache`,
    details: `Searched for the function ${full}${searched}, but no matches were found in the schema cache.`,
    hint: isWhole ? null : similarRoutine(cache, call, overloads),
  })
}

function similarRoutine(cache: SchemaCache, { name, args }: CallSignature, overloads: readonly Routine[]) {
  const signature = (names: readonly string[]) => `(${names.toSorted().join(', ')})`
  if (overloads.length > 0) {
    const signatures = overloads.map(({ parameters }) => signature(parameters.map((parameter) => parameter.name)))
    const similar = new FuzzySet(signatures).best(signature(args))
    return similar === null ? null : `Perhaps you meant to call the function ${name.schema}.${name.name}${similar}`
  }
  const names = [...cache.routines.values()].flatMap(([routine]) =>
    routine?.schema === name.schema ? [routine.name] : [],
  )
  const similar = new FuzzySet(names).best(name.name, leastSimilarity)
  return similar === null ? null : `Perhaps you meant to call the function ${name.schema}.${similar}`
}

function ambiguous(candidates: readonly Routine[]): RestError {
  const signatures = candidates.map(({ schema, name, parameters }) => {
    const list = parameters.map((parameter) => `${parameter.name} => ${parameter.type}`).join(', ')
    return `${schema}.${name}(${list})`
  })
  return new RestError({
    status: 300,
    code: 'PGRST203',
    message: `Could not choose the best candidate function between: ${signatures.join(', ')}`,
    hint: 'Try renaming the parameters or the function itself in the database so function overloading can be resolved',
  })
}
