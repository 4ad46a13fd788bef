import postgres from 'postgres'
import type { Db } from '../database.ts'
import { AuthError, unexpectedFailure } from '../errors.ts'
import { asJson, type JsonObject } from '../models/user.ts'

const address = /^pg-functions:\/\/[^/]+\/([a-zA-Z_][\w$]*)\/([a-zA-Z_][\w$-]*)$/

/**
 * Calls a hook that is a function in the database, for at most two seconds.
 *
 * @param uri `pg-functions://<database>/<schema>/<function>`
 * @throws {AuthError} `hook_timeout`, or 500 when the function fails
 */
export async function callPgHook(db: Db, uri: string, payload: JsonObject): Promise<unknown> {
  const [, schema, name] = address.exec(uri) ?? []
  if (!schema || !name) throw unexpectedFailure(`Error running hook URI: ${uri} names no function`)
  try {
    await db`select set_config('statement_timeout', '2000', true)`
    const [row] = await db<{ output: unknown }[]>`
      select ${db(schema)}.${db(name)}(${db.json(asJson(payload))}::jsonb) as output`
    await db`select set_config('statement_timeout', '0', true)`
    return row?.output ?? {}
  } catch (cause) {
    if (cause instanceof postgres.PostgresError && cause.code === '57014') {
      const message = 'Failed to reach hook within maximum time of 2.000000 seconds'
      throw new AuthError(422, 'hook_timeout', message, { cause })
    }
    throw unexpectedFailure(`Error running hook URI: ${uri}`, cause)
  }
}
