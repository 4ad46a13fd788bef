import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { withRollback } from '../support/database.ts'

it('[OBS-10] says for every alert rule what to do', () =>
  withRollback(async (db) => {
    const operations = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'operations.md'), 'utf8')
    const headings = [...operations.matchAll(/^## (\w+)$/gm)].map((match) => match[1])
    const rules = await db.rows<{ key: string }>('select key from private.alert_rules order by key')
    // The one that the database cannot raise.
    expect(headings.sort()).toEqual([...rules.map(({ key }) => key), 'database_unreachable'].sort())
  }))
