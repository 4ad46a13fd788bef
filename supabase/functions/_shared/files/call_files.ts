import type { z } from 'zod'
import type { RpcClient } from '../platform/mod.ts'

/** Calls a function of the API and checks its answer. @throws {Error} naming the function */
export async function callFiles<Schema extends z.ZodType>(
  db: RpcClient,
  name: string,
  parameters: Record<string, unknown>,
  schema: Schema,
): Promise<z.output<Schema>> {
  const { data, error } = await db.rpc(name, parameters)
  if (error) throw new Error(`${name} failed: ${error.message}`)
  return schema.parse(data)
}
