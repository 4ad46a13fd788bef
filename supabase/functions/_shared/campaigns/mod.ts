export { contactsImport } from './contacts_import.ts'
