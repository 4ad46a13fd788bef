import type { Payload } from '../request/payload.ts'
import type { Routine, RoutineParameter } from '../schema_cache/types.ts'
import { neededColumns } from './read_plan.ts'
import type { PlannedLogic, ReadNode } from './types.ts'

/** Arguments by name; repeated ones of a variadic parameter are a list. */
export type NamedArguments = ReadonlyMap<string, string | readonly string[]>

/** A planned function call. */
export interface CallPlan {
  readonly routine: Routine
  readonly call: /** The whole body is the only argument. */
    | { readonly kind: 'body'; readonly parameter: RoutineParameter; readonly value: string }
    | { readonly kind: 'named'; readonly parameters: readonly RoutineParameter[]; readonly args: NamedArguments }
    /** The keys of a JSON object are the arguments. */
    | { readonly kind: 'json'; readonly parameters: readonly RoutineParameter[]; readonly json: string }
  /** Columns of the result that select, filters and embeds need. */
  readonly returning: readonly string[]
}

/**
 * Plans a call.
 *
 * @param args arguments of the query string, for a call by GET
 * @param payload the body, for a call by POST
 * @param keys names of the given arguments
 * @param read plan of what is answered
 */
export function planCall(
  routine: Routine,
  args: readonly (readonly [string, string])[],
  payload: Payload | null,
  keys: readonly string[],
  read: ReadNode,
): CallPlan {
  const [only] = routine.parameters
  const given = payload?.kind === 'form' ? payload.fields : args
  const named = namedArguments(routine, given)
  const returning = neededColumns(read, [])
  const columns = returning.includes('*') ? ['*'] : [...new Set([...returning, ...addressedColumns(read)])].sort()
  const isOneUnnamed = routine.parameters.length === 1 && only !== undefined && only.name === ''
  if (isOneUnnamed) {
    const isText = payload?.kind === 'json' || payload?.kind === 'raw'
    const value = isText ? payload.text : JSON.stringify(Object.fromEntries(named))
    return { routine, call: { kind: 'body', parameter: only, value }, returning: columns }
  }
  const parameters = routine.parameters.filter((parameter) => keys.includes(parameter.name))
  if (payload?.kind === 'json') {
    return { routine, call: { kind: 'json', parameters, json: payload.text }, returning: columns }
  }
  return { routine, call: { kind: 'named', parameters, args: named }, returning: columns }
}

function namedArguments(routine: Routine, given: readonly (readonly [string, string])[]): NamedArguments {
  const args = new Map<string, string | string[]>()
  for (const [name, value] of given) {
    const isVariadic = routine.parameters.some((parameter) => parameter.variadic && parameter.name === name)
    const before = args.get(name)
    if (isVariadic) args.set(name, Array.isArray(before) ? [...before, value] : [value])
    else args.set(name, value)
  }
  return args
}

function addressedColumns(node: ReadNode): string[] {
  const columnsOf = (logic: PlannedLogic): string[] => {
    if (logic.kind === 'filter') return [logic.field.name]
    return logic.kind === 'group' ? logic.members.flatMap(columnsOf) : []
  }
  const ordered = node.order.flatMap((term) => (term.relation === null ? [term.field.name] : []))
  return [...node.where.flatMap(columnsOf), ...ordered]
}
