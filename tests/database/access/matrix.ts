import type { Actor, Database, Person } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'

/** What an actor gets: rows or a change (`yes`), no row (`none`), or a refusal of Postgres (`denied`). */
export type Answer = 'yes' | 'none' | 'denied'

/** Who tries; the columns of every line of the matrix, in this order. */
export const actors = ['anon', 'outsider', 'viewer', 'member', 'admin', 'owner', 'service_role'] as const

/** What exists when the verbs are tried on a table. */
export interface Scene {
  /** The organization whose rows are tried. */
  readonly organization: GivenOrganization
  readonly viewer: Person
  /** Owner of another organization. */
  readonly outsider: Person
  /** A person who belongs to no shared organization. */
  readonly newcomer: Person
}

/** One table: a row of the scene's organization, how to write it, and each actor's answer to each verb. */
export interface TableAccess {
  readonly table: string
  /** Condition that finds the row which is read, changed and deleted. */
  row(scene: Scene): string
  /** Columns and values of a new row. */
  insert(scene: Scene): string
  /** A change of the row. */
  readonly update: string
  /** Answers in the order of {@link actors}, separated by blanks. */
  readonly select: string
  readonly inserted: string
  readonly updated: string
  readonly deleted: string
}

/** Makes the people and rows that the matrix is tried on. */
export async function givenScene(db: Database): Promise<Scene> {
  const organization = await given.organization(db)
  const { person: viewer } = await given.member(db, { organization, role: 'viewer' })
  const { owner: outsider } = await given.organization(db)
  return { organization, viewer, outsider, newcomer: await given.person(db) }
}

/** Who an actor of the matrix is in a scene. */
export function actorIn(scene: Scene, actor: (typeof actors)[number]): Actor {
  switch (actor) {
    case 'anon':
    case 'service_role':
      return actor
    case 'outsider':
      return scene.outsider
    case 'viewer':
      return scene.viewer
    default:
      return scene.organization[actor]
  }
}

// A table of schema public without an entry here fails the suite; each domain adds its own.
export const matrix: readonly TableAccess[] = [
  {
    table: 'public.profiles',
    row: (scene) => `id = '${scene.organization.member.id}'`,
    insert: (scene) => `(id, display_name) values ('${scene.newcomer.id}', 'Again') on conflict (id) do nothing`,
    update: `headline = 'Busy'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied none',
    updated: ' denied none     none   yes    none   none   yes',
    deleted: ' denied denied   denied denied denied denied yes',
  },
  {
    table: 'public.organizations',
    row: (scene) => `id = '${scene.organization.id}'`,
    insert: () => `(name, slug) values ('Mine', 'mine')`,
    update: `name = 'Renamed'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied yes',
    updated: ' denied none     none   none   yes    yes    yes',
    deleted: ' denied denied   denied denied denied denied yes',
  },
  {
    table: 'public.memberships',
    row: (scene) => `organization_id = '${scene.organization.id}' and user_id = '${scene.organization.member.id}'`,
    insert: (scene) =>
      `(organization_id, user_id, role) values ('${scene.organization.id}', '${scene.newcomer.id}', 'viewer')`,
    update: `role = 'agent'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied yes',
    updated: ' denied denied   denied denied denied denied yes',
    deleted: ' denied denied   denied denied denied denied yes',
  },
  {
    table: 'public.roles',
    row: () => `role = 'agent'`,
    insert: () => `(role, rank, description) values ('emperor', 1000, 'All of it')`,
    update: 'rank = 1000',
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied yes      yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
  {
    table: 'public.permissions',
    row: () => `permission = 'members.read'`,
    insert: () => `(permission, description) values ('all.allow', 'All of it')`,
    update: 'is_kept_on_suspension = true',
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied yes      yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
  {
    table: 'public.role_permissions',
    row: () => `role = 'viewer' and permission = 'members.read'`,
    insert: () => `(role, permission) values ('viewer', 'members.manage')`,
    update: `role = 'member'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied yes      yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
]

/** Who may run a function of schema public, by signature; one without an entry fails the suite. */
export const executable: Readonly<Record<string, readonly ('anon' | 'authenticated' | 'service_role')[]>> = {
  'add_member(uuid,uuid,text)': ['authenticated'],
  'cancel_job(bigint)': ['service_role'],
  'change_member_role(uuid,text)': ['authenticated'],
  'claim_jobs(text[],text,integer,integer,integer)': ['service_role'],
  'complete_job(bigint,uuid,jsonb)': ['service_role'],
  'create_organization(text,public.organization_kind)': ['authenticated'],
  'delete_organization(uuid)': ['authenticated'],
  'discard_job(bigint)': ['authenticated'],
  'enqueue_job(text,jsonb,text,uuid,text,text,integer,integer,integer)': ['service_role'],
  'extend_job_lease(bigint,uuid,integer)': ['service_role'],
  'fail_job(bigint,uuid,text,boolean,integer)': ['service_role'],
  'get_job_queues()': ['authenticated'],
  'get_my_access(uuid)': ['authenticated'],
  'list_dead_jobs(text,bigint,integer)': ['authenticated'],
  'remove_member(uuid)': ['authenticated'],
  'report_job_progress(bigint,uuid,integer,integer,text)': ['service_role'],
  'restore_organization(uuid)': ['authenticated'],
  'retry_job(bigint)': ['authenticated'],
  'wake_worker()': ['service_role'],
}
