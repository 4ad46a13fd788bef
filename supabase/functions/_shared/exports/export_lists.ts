import { accountList, fileList, keyList, memberList } from '../api/mod.ts'
import { AppError } from '../http/mod.ts'
import { invitationList } from '../identity/mod.ts'
import { importList } from '../imports/mod.ts'
import { auditList } from './audit_list.ts'
import type { ExportList } from './export_list.ts'

/** Every list that can be exported. A domain adds one entry for each of its own. */
export const exportLists: readonly ExportList[] = [
  {
    name: 'members',
    title: 'Members',
    relation: 'public.members',
    permission: 'members.read',
    listing: memberList,
    orders: ['created_at'],
  },
  {
    name: 'invitations',
    title: 'Invitations',
    relation: 'public.invitations',
    permission: 'members.manage',
    listing: invitationList,
    orders: ['created_at'],
  },
  {
    name: 'service_accounts',
    title: 'Service accounts',
    relation: 'public.service_accounts',
    permission: 'members.read',
    listing: accountList,
    orders: ['created_at'],
  },
  {
    name: 'api_keys',
    title: 'API keys',
    relation: 'public.api_keys',
    permission: 'api_keys.read',
    listing: keyList,
    orders: ['created_at'],
  },
  {
    name: 'audit_log',
    title: 'Audit log',
    relation: 'public.audit_logs',
    permission: 'audit.read',
    listing: auditList,
    orders: ['occurred_at'],
  },
  {
    name: 'imports',
    title: 'Imports',
    relation: 'public.imports',
    permission: 'imports.read',
    listing: importList,
    orders: ['created_at'],
  },
  {
    name: 'files',
    title: 'Files',
    relation: 'public.files',
    permission: 'files.read',
    listing: fileList,
    orders: ['created_at'],
  },
]

/** A list by its name. @throws {AppError} 400 `export_list_unknown` */
export function findExportList(name: string): ExportList {
  const list = exportLists.find((one) => one.name === name)
  if (list) return list
  throw new AppError(400, 'export_list_unknown', `Cannot export: there is no list "${name}"`, {
    hint: `Lists are ${exportLists.map((one) => one.name).join(', ')}`,
  })
}
