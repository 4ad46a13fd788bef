import type { Actor, Database, Person } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import type { Answer, Scene } from './matrix.ts'

/** What is tried on a table. */
export const verbs = ['select', 'insert', 'update', 'delete'] as const
export type Verb = (typeof verbs)[number]

/** The actors beside the columns. */
export const furtherActorNames = [
  'campaign manager',
  'agent',
  'custom role',
  'bound outsider',
  'suspended admin',
  'admin of a suspended organization',
  'admin without the required second factor',
  'admin with the required second factor',
  'banned owner',
  'banned member',
  'owner with an ended session',
  'member with an ended session',
  'service account with every scope',
  'service account without a scope',
  'app that may read, of the owner',
  'app that may read, of a member',
  'app without a scope, of the owner',
  'impersonated owner',
  'impersonated member',
  'platform admin without a second factor',
  'platform admin',
] as const
export type FurtherActorName = (typeof furtherActorNames)[number]

/** Who else tries, and what follows from the columns of the matrix for each; a table's `others` says what does not. */
export interface FurtherActor {
  readonly name: FurtherActorName
  /** Who it is. */
  who(cast: Cast): Actor
  /** What is the case while this actor tries, as a statement of the owner of the schemas. */
  situation?(cast: Cast): string
  /** The answer that a table gives unless it says otherwise. @param like the answer in a column of the matrix */
  rule(like: (column: Column) => Answer, verb: Verb): Answer
}

type Column = 'outsider' | 'viewer' | 'member' | 'admin' | 'owner'

/** The people and programs beside those of the scene. */
export type Cast = Scene & {
  readonly otherOrganizationId: string
  /** Last part of the organization's present topic. */
  readonly topicEpoch: number
  readonly campaignManager: Person
  readonly agent: Person
  /** Ranks as an admin, by a role of the organization's own that permits what a viewer may. */
  readonly customRole: Person
  /** The owner of another organization, who has a binding to rows of the scene. */
  readonly boundOutsider: Person
  readonly suspendedAdmin: Person
  readonly platformAdmin: Person
  readonly wideAccount: Person
  readonly narrowAccount: Person
  readonly impersonatedOwner: Person
  readonly impersonatedMember: Person
  /** Third-party apps that the owner and the member let read in the organization, as far as apps may. */
  readonly readingAppOfOwner: Person
  readonly readingAppOfMember: Person
  /** An app that the owner signs in to and lets do nothing. */
  readonly idleAppOfOwner: Person
}

const refusal: Readonly<Record<Verb, Answer>> = { select: 'none', insert: 'denied', update: 'none', delete: 'none' }
/** Sees and changes nothing, not even what everybody sees who is signed in. */
const nobody: FurtherActor['rule'] = (like, verb) => (like('outsider') === 'yes' ? refusal[verb] : like('outsider'))
const outsider: FurtherActor['rule'] = (like) => like('outsider')
const reader =
  (column: Column): FurtherActor['rule'] =>
  (like, verb) =>
    like(column) === 'yes' && verb !== 'select' ? refusal[verb] : like(column)

/** Reads what is the organization's. What one of its people alone sees is their own, and no app's. */
const app =
  (column: Column): FurtherActor['rule'] =>
  (like, verb) =>
    like(column) !== 'yes'
      ? like(column)
      : verb === 'select' && (['admin', 'owner'] as const).every((manager) => like(manager) === 'yes')
        ? 'yes'
        : refusal[verb]
const lost = (person: Person): Person => ({
  ...person,
  claims: { session_id: '00000000-0000-4000-8000-0000000000aa' },
})
const ban = (person: Person) => `update auth.users set banned_until = 'infinity' where id = '${person.id}'`

const described: Readonly<Record<FurtherActorName, Omit<FurtherActor, 'name'>>> = {
  'campaign manager': { who: (cast) => cast.campaignManager, rule: (like) => like('viewer') },
  agent: { who: (cast) => cast.agent, rule: (like) => like('viewer') },
  'custom role': { who: (cast) => cast.customRole, rule: (like) => like('viewer') },
  'bound outsider': { who: (cast) => cast.boundOutsider, rule: outsider },
  'suspended admin': { who: (cast) => cast.suspendedAdmin, rule: outsider },
  'admin of a suspended organization': {
    who: (cast) => cast.organization.admin,
    situation: (cast) => `update public.organizations set suspended_at = now() where id = '${cast.organization.id}'`,
    rule: reader('admin'),
  },
  'admin without the required second factor': {
    who: (cast) => ({ ...cast.organization.admin, claims: { aal: 'aal1' } }),
    situation: (cast) =>
      `update public.organizations set is_second_factor_required = true where id = '${cast.organization.id}'`,
    rule: outsider,
  },
  'admin with the required second factor': {
    who: (cast) => ({ ...cast.organization.admin, claims: { aal: 'aal2' } }),
    situation: (cast) =>
      `update public.organizations set is_second_factor_required = true where id = '${cast.organization.id}'`,
    rule: (like) => like('admin'),
  },
  'banned owner': {
    who: (cast) => cast.organization.owner,
    situation: (cast) => ban(cast.organization.owner),
    rule: nobody,
  },
  'banned member': {
    who: (cast) => cast.organization.member,
    situation: (cast) => ban(cast.organization.member),
    rule: nobody,
  },
  'owner with an ended session': { who: (cast) => lost(cast.organization.owner), rule: nobody },
  'member with an ended session': { who: (cast) => lost(cast.organization.member), rule: nobody },
  'service account with every scope': { who: (cast) => cast.wideAccount, rule: (like) => like('admin') },
  'service account without a scope': { who: (cast) => cast.narrowAccount, rule: outsider },
  'app that may read, of the owner': {
    who: (cast) => cast.readingAppOfOwner,
    rule: app('owner'),
  },
  'app that may read, of a member': {
    who: (cast) => cast.readingAppOfMember,
    rule: app('member'),
  },
  'app without a scope, of the owner': { who: (cast) => cast.idleAppOfOwner, rule: outsider },
  'impersonated owner': { who: (cast) => cast.impersonatedOwner, rule: reader('owner') },
  'impersonated member': { who: (cast) => cast.impersonatedMember, rule: reader('member') },
  'platform admin without a second factor': {
    who: (cast) => ({ ...cast.platformAdmin, claims: { ...cast.platformAdmin.claims, aal: 'aal1' } }),
    rule: outsider,
  },
  'platform admin': {
    who: (cast) => ({ ...cast.platformAdmin, claims: { ...cast.platformAdmin.claims, aal: 'aal2' } }),
    rule: outsider,
  },
}

export const furtherActors: readonly FurtherActor[] = furtherActorNames.map((name) => ({ name, ...described[name] }))

/** Makes the people and programs that the further actors are. */
export async function givenCast(db: Database, scene: Scene): Promise<Cast> {
  const { organization } = scene
  const member = async (role: string, status: 'active' | 'suspended' = 'active') =>
    (await given.member(db, { organization, role, status })).person
  const customRole = await member('admin')
  await db.exec(`
    with role as (
      insert into public.custom_roles (organization_id, name, base_role) values ('${organization.id}', 'Reader', 'admin')
      returning id
    ), permitted as (
      insert into public.custom_role_permissions (custom_role_id, organization_id, permission)
      select role.id, '${organization.id}', permission from role, public.role_permissions where role = 'viewer'
    )
    update public.memberships set custom_role_id = role.id from role where user_id = '${customRole.id}'
      and organization_id = '${organization.id}'`)
  const scopes = (await db.rows<{ permission: string }>('select permission from public.permissions')).map(
    ({ permission }) => permission,
  )
  const platformAdmin = await given.person(db)
  const appMetadata = { platform_admin: true }
  await db.exec(
    `update auth.users set raw_app_meta_data = '${JSON.stringify(appMetadata)}' where id = '${platformAdmin.id}'`,
  )
  const cast = {
    ...scene,
    otherOrganizationId: await organizationOf(db, scene.outsider),
    campaignManager: await member('campaign_manager'),
    agent: await member('agent'),
    customRole,
    boundOutsider: (await given.organization(db)).owner,
    suspendedAdmin: await member('admin', 'suspended'),
    platformAdmin: { ...platformAdmin, claims: { app_metadata: appMetadata } },
    wideAccount: await given.serviceAccount(db, { organization, role: 'admin', scopes }),
    narrowAccount: await given.serviceAccount(db, { organization, role: 'admin', scopes: [] }),
    // Before the impersonations, which let nobody connect an app.
    readingAppOfOwner: await readingApp(db, organization.owner, organization),
    readingAppOfMember: await readingApp(db, organization.member, organization),
    idleAppOfOwner: await given.appOf(db, { person: organization.owner }),
    impersonatedOwner: await impersonated(db, organization.owner),
    impersonatedMember: await impersonated(db, organization.member),
  }
  const { epoch } = await db.row<{ epoch: number }>(
    'select topic_epoch as epoch from public.organizations where id = $1',
    [organization.id],
  )
  return { ...cast, topicEpoch: epoch }
}

async function organizationOf(db: Database, owner: Person): Promise<string> {
  const { id } = await db.row<{ id: string }>(
    `select id from public.organizations where created_by = $1 and kind <> 'personal'`,
    [owner.id],
  )
  return id
}

/** An app that may read all that there is, also what the platform keeps closed to apps. */
async function readingApp(db: Database, person: Person, organization: { id: string }): Promise<Person> {
  const opened = await db.rows<{ permission: string }>(
    `update public.permissions set is_open_to_apps = true where permission like '%.read' returning permission`,
  )
  const permissions = opened.map(({ permission }) => permission)
  const clientId = await given.app(db, { permissions })
  return given.appOf(db, { person, clientId, organizations: [organization], permissions })
}

async function impersonated(db: Database, person: Person): Promise<Person> {
  const seen = await given.session(db, { person, claims: { aal: 'aal2' } })
  await db.exec(
    `insert into private.impersonations (session_id, user_id, reason, expires_at)
     values ($1, $2, 'Support case 4711', now() + interval '30 minutes')`,
    [String(seen.claims?.session_id), person.id],
  )
  return seen
}
