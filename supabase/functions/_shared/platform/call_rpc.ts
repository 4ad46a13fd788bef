import type { RpcClient } from './job_queue.ts'

/** Calls a function of the database. @throws {Error} with the name of the function and what the database said */
export async function callRpc(db: RpcClient, name: string, parameters: object): Promise<unknown> {
  const { data, error } = await db.rpc(name, parameters)
  if (error) throw new Error(`${name} failed: ${error.message}`)
  return data
}
