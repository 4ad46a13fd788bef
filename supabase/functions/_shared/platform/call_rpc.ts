import { repeatConflicts } from '../runtime/mod.ts'
import type { RpcClient } from './job_queue.ts'

/** What the database answered to a call that it refused. */
export class RpcError extends Error {
  /** Postgres's, where the client tells it. */
  readonly code: string | undefined

  /** @param name of the function */
  constructor(name: string, { message, code }: { message: string; code?: string }) {
    super(`${name} failed: ${message}`)
    this.name = 'RpcError'
    this.code = code
  }
}

/**
 * Calls a function of the database, and again when Postgres undid the call because it met another transaction.
 *
 * @throws {RpcError} with the name of the function and what the database said
 */
export async function callRpc(db: RpcClient, name: string, parameters: object): Promise<unknown> {
  const { data, error } = await repeatConflicts(() => db.rpc(name, parameters), {
    conflictIn: (answer) => answer.error,
  })
  if (error) throw new RpcError(name, error)
  return data
}
