import type { Executable, TableAccess } from '../matrix.ts'

export const tables: readonly TableAccess[] = [
  {
    table: 'public.usage_metrics',
    row: () => `metric = 'messages'`,
    insert: () => `(metric, kind, unit, description) values ('gifts', 'counter', 'gifts', 'Gifts')`,
    update: `unit = 'letters'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied yes      yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
  {
    table: 'public.usage_days',
    row: (scene) => `organization_id = '${scene.organization.id}'`,
    insert: (scene) => `(organization_id, metric, day_on, quantity, peak_count)
      values ('${scene.organization.id}', 'messages', '2026-02-01', 1, 1)`,
    update: 'quantity = 0',
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     none   none   yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
]

/** A day on which the organization sent messages. */
export const scene = (organizationId: string) => `
  insert into public.usage_days (organization_id, metric, day_on, quantity, peak_count)
  values ('${organizationId}', 'messages', '2026-01-31', 3, 3);`

export const executable: Executable = {
  'get_usage(uuid,date,date)': ['authenticated'],
  'record_usage(uuid,text,bigint,text)': ['service_role'],
}
