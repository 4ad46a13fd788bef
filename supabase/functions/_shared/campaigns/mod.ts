export { contactList } from './contact_list.ts'
export { contactsImport } from './contacts_import.ts'
