export { fromPostgres } from './database_error.ts'
export { countRows, listRows } from './list_rows.ts'
export { type CallerClaims, type CallerDatabase, type CallerSql, openDatabase } from './open_database.ts'
export { textLists } from './text_lists.ts'
