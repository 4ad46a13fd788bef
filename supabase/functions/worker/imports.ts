import { contactsImport } from '../_shared/campaigns/mod.ts'
import { openDatabase } from '../_shared/database/mod.ts'
import { supabaseFileStorage } from '../_shared/files/mod.ts'
import { type ImportDefinition, importJobs } from '../_shared/imports/mod.ts'
import { readEnv } from '../_shared/runtime/mod.ts'

/** What can be imported. A domain adds one line for each of its own. */
export const importDefinitions: readonly ImportDefinition[] = [contactsImport]

const database = openDatabase(() => readEnv().SUPABASE_DB_URL ?? '')

/** The jobs of imports, which write over the direct connection. */
export const importHandlers = importJobs({
  definitions: importDefinitions,
  storage: () => supabaseFileStorage(readEnv()),
  database: (db) => (readEnv().SUPABASE_DB_URL ? database : db),
})
