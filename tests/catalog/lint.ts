import { expect } from 'vitest'
import { withRollback } from '../support/database.ts'

/** A convention that the whole catalogue keeps. */
export interface Lint {
  /** Query with one column `name`: what breaks the convention. */
  readonly find: string
  /** SQL that breaks it, and the name that must then be found: a lint that finds nothing proves nothing. */
  readonly breaks: { readonly sql: string; readonly name: string }
  /** Names that may break it, each with the reason. */
  readonly exceptions?: Readonly<Record<string, string>>
}

/** Schemas that this project owns. */
export const ownSchemas = `('public'::regnamespace, 'private'::regnamespace)`

/** Checks that the catalogue keeps the convention, that every exception is still needed, and that the query can fail. */
export async function expectKept(lint: Lint): Promise<void> {
  await withRollback(async (db) => {
    const find = async () => (await db.rows<{ name: string }>(lint.find)).map(({ name }) => name)
    expect([...new Set(await find())].sort()).toEqual(Object.keys(lint.exceptions ?? {}).sort())
    await db.exec(lint.breaks.sql)
    expect(await find()).toContain(lint.breaks.name)
  })
}
