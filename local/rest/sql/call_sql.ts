import type { CallPlan, NamedArguments } from '../plan/call_plan.ts'
import { type RoutineParameter, returnsScalar, returnsSetOfScalar } from '../schema_cache/types.ts'
import { bodySql } from './write_sql.ts'
import { arrayText, quote, quoteColumn, quoteQualified, type StatementParams } from './writer.ts'

/** The statement that calls a function; a scalar result is its column `pgrst_scalar`. */
export function callSql(params: StatementParams, { routine, call, returning }: CallPlan): string {
  const isScalar = returnsScalar(routine) || returnsSetOfScalar(routine)
  const invoke = (args: string) =>
    isScalar
      ? `(select ${quoteQualified(routine)}(${args}) pgrst_scalar) pgrst_call`
      : `${quoteQualified(routine)}(${args}) pgrst_call`
  const columns = isScalar
    ? 'pgrst_call.pgrst_scalar'
    : returning.length === 0
      ? '*'
      : returning.map((column) => quoteColumn({ schema: '', name: 'pgrst_call' }, column)).join(', ')
  const select = `select ${columns}`
  switch (call.kind) {
    case 'body':
      return `${select} from ${invoke(`${params.add(call.value)}::${call.parameter.type}`)}`
    case 'named':
      return `${select} from ${invoke(namedSql(params, call.parameters, call.args))}`
    case 'json': {
      if (call.parameters.length === 0) return `${select} from ${invoke('')}`
      const rows = bodySql(params, call.json, {
        fields: call.parameters.map(({ name, castType }) => ({ name, type: castType, transform: null, default: null })),
        selects: false,
        first: true,
        defaults: false,
      })
      const args = call.parameters.map(
        ({ name, variadic }) => `${variadic ? 'variadic ' : ''}${quote(name)} := pgrst_body.${quote(name)}`,
      )
      return `${select} ${rows}, lateral ${invoke(args.join(', '))}`
    }
  }
}

function namedSql(params: StatementParams, parameters: readonly RoutineParameter[], args: NamedArguments): string {
  return parameters
    .map(({ name, castType, variadic }) => {
      const value = args.get(name)
      const place = value === undefined ? 'null' : params.add(typeof value === 'string' ? value : arrayText(value))
      return `${variadic ? 'variadic ' : ''}${quote(name)} := ${place}::${castType}`
    })
    .join(', ')
}
