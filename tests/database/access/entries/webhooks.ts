import type { Executable, TableAccess } from '../matrix.ts'

const ids = { endpoint: '00000000-0000-4000-8000-00000000e001', message: '00000000-0000-4000-8000-00000000e002' }

export const tables: readonly TableAccess[] = [
  {
    table: 'public.webhook_event_types',
    row: () => `topic = 'webhook.test'`,
    insert: () => `(topic, description, example) values ('all.secrets', 'All of them', '{}')`,
    update: `description = 'Nothing'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied yes      yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
  ...(['webhook_endpoints', 'webhook_messages', 'webhook_deliveries', 'webhook_delivery_attempts'] as const).map(
    (name): TableAccess => ({
      table: `public.${name}`,
      row: (scene) => `organization_id = '${scene.organization.id}'`,
      insert: (scene) => `(organization_id) values ('${scene.organization.id}')`,
      update: `created_at = now()`,
      //         anon   outsider viewer member admin  owner  service_role
      select: '  denied none     none   none   yes    yes    yes',
      inserted: 'denied denied   denied denied denied denied denied',
      updated: ' denied denied   denied denied denied denied denied',
      deleted: ' denied denied   denied denied denied denied denied',
    }),
  ),
]

/** One row of each of the tables above. */
export const scene = (organizationId: string) => `
  insert into public.webhook_endpoints (id, organization_id, url, topic_patterns)
  values ('${ids.endpoint}', '${organizationId}', 'https://hook.example.test/', '{*}');
  insert into public.webhook_messages (id, organization_id, topic, payload, occurred_at)
  values ('${ids.message}', '${organizationId}', 'webhook.test', '{}', now());
  insert into public.webhook_deliveries (organization_id, endpoint_id, message_id)
  values ('${organizationId}', '${ids.endpoint}', '${ids.message}');
  insert into public.webhook_delivery_attempts (delivery_id, attempt, organization_id, attempted_at, duration_ms)
  select id, 1, organization_id, now(), 1 from public.webhook_deliveries where endpoint_id = '${ids.endpoint}';`

export const executable: Executable = {
  'create_webhook_endpoint(uuid,text,text[],text)': ['authenticated'],
  'delete_webhook_endpoint(uuid)': ['authenticated'],
  'fan_out_webhook_message(bigint,uuid,text,timestamp with time zone,jsonb)': ['service_role'],
  'record_webhook_attempt(uuid,integer,timestamp with time zone,integer,integer,text,text,integer,boolean)': [
    'service_role',
  ],
  'replay_failed_webhook_deliveries(uuid,timestamp with time zone)': ['authenticated'],
  'replay_webhook_delivery(uuid)': ['authenticated'],
  'rotate_webhook_secret(uuid,integer)': ['authenticated'],
  'send_test_webhook_event(uuid)': ['authenticated'],
  'start_webhook_delivery(uuid,integer)': ['service_role'],
  'update_webhook_endpoint(uuid,text,text[],text,boolean)': ['authenticated'],
}
