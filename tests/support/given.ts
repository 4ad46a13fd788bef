import { randomUUID } from 'node:crypto'
import type { Database, Person } from './database.ts'

/** An organization with somebody in each of the common roles. */
export interface GivenOrganization {
  readonly id: string
  readonly name: string
  readonly owner: Person
  readonly admin: Person
  readonly member: Person
}

/** A membership that was given. */
export interface GivenMembership {
  readonly id: string
  readonly person: Person
}

/** Makes an account, with which the database makes a profile and a personal organization. */
async function person(
  db: Database,
  options: { name?: string; email?: string; metadata?: object } = {},
): Promise<Person> {
  const id = randomUUID()
  const email = options.email ?? `${id}@example.test`
  const metadata = options.metadata ?? { display_name: options.name ?? 'Person' }
  await db.asOwner(() =>
    db.exec(
      `insert into auth.users (id, aud, role, email, email_confirmed_at, raw_app_meta_data, raw_user_meta_data, created_at,
         updated_at)
       values ($1, 'authenticated', 'authenticated', $2, now(), '{}', $3::text::jsonb, now(), now())`,
      [id, email, JSON.stringify(metadata)],
    ),
  )
  return { id, email }
}

/** Puts somebody into an organization, past the rules of the RPCs. */
async function member(
  db: Database,
  options: { organization: { id: string }; role?: string; person?: Person; status?: 'active' | 'suspended' },
): Promise<GivenMembership> {
  const somebody = options.person ?? (await person(db))
  const { id } = await db.asOwner(() =>
    db.row<{ id: string }>(
      `insert into public.memberships (organization_id, user_id, role, status)
       values ($1, $2, $3, $4::text::public.membership_status) returning id`,
      [options.organization.id, somebody.id, options.role ?? 'member', options.status ?? 'active'],
    ),
  )
  return { id, person: somebody }
}

/**
 * Makes an organization with an owner, an admin and a member.
 *
 * @param options.areVerified whether each of them verified a code just now, as the most sensitive RPCs ask
 */
async function organization(
  db: Database,
  options: { name?: string; kind?: 'company' | 'startup' | 'fund'; areVerified?: boolean } = {},
): Promise<GivenOrganization> {
  const name = options.name ?? 'Organization'
  const owner = await person(db)
  const { id } = await db.asOwner(() =>
    db.row<{ id: string }>(
      `insert into public.organizations (kind, name, slug, created_by)
       values ($1::text::public.organization_kind, $2, $3, $4) returning id`,
      [options.kind ?? 'company', name, `organization-${randomUUID()}`, owner.id],
    ),
  )
  await member(db, { organization: { id }, role: 'owner', person: owner })
  const { person: admin } = await member(db, { organization: { id }, role: 'admin' })
  const { person: everyday } = await member(db, { organization: { id } })
  const came = (somebody: Person) => (options.areVerified ? verified(db, somebody) : Promise.resolve(somebody))
  return { id, name, owner: await came(owner), admin: await came(admin), member: await came(everyday) }
}

/** Sets a limit of an organization, as billing does. @param limit.value null for unlimited */
async function limit(
  db: Database,
  options: { organization: { id: string }; key: string; value: number | null },
): Promise<void> {
  await db.asOwner(() =>
    db.exec(
      `insert into private.organization_limits (organization_id, key, value) values ($1, $2, $3)
       on conflict (organization_id, key) do update set value = excluded.value`,
      [options.organization.id, options.key, options.value],
    ),
  )
}

/** Id of a person's membership in an organization. */
async function membershipId(db: Database, of: { organization: { id: string }; person: Person }): Promise<string> {
  const { id } = await db.asOwner(() =>
    db.row<{ id: string }>('select id from public.memberships where organization_id = $1 and user_id = $2', [
      of.organization.id,
      of.person.id,
    ]),
  )
  return id
}

/** Id of a person's personal organization. */
async function personalOrganizationId(db: Database, owner: Person): Promise<string> {
  const { id } = await db.asOwner(() =>
    db.row<{ id: string }>(`select id from public.organizations where created_by = $1 and kind = 'personal'`, [
      owner.id,
    ]),
  )
  return id
}

/**
 * Makes a session in Auth.
 *
 * @param of.verifiedBy a method of `amr`, such as `totp`, with which the person proved who they are just now
 * @returns the person with the claims of a token of that session
 */
async function session(
  db: Database,
  of: { person: Person; claims?: Record<string, unknown>; verifiedBy?: string },
): Promise<Person> {
  const id = randomUUID()
  await db.asOwner(async () => {
    await db.exec('insert into auth.sessions (id, user_id, created_at, updated_at) values ($1, $2, now(), now())', [
      id,
      of.person.id,
    ])
    if (of.verifiedBy === undefined) return
    await db.exec(
      `insert into auth.mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method)
       values (gen_random_uuid(), $1, now(), now(), $2)`,
      [id, of.verifiedBy],
    )
  })
  return { ...of.person, claims: { session_id: id, ...of.claims } }
}

/** A session in which somebody verified a code just now. */
const verified = (db: Database, person: Person) => session(db, { person, verifiedBy: 'otp' })

/**
 * Registers an app at Auth and lets it ask for permissions.
 *
 * @param of.permissions all that apps may have unless told
 * @returns its client id
 */
async function app(db: Database, of: { permissions?: readonly string[]; name?: string } = {}): Promise<string> {
  const id = randomUUID()
  await db.asOwner(async () => {
    await db.exec(
      `insert into auth.oauth_clients (id, client_name, registration_type, redirect_uris, grant_types, client_type,
         token_endpoint_auth_method)
       values ($1, $2, 'manual', 'https://app.partner.test/callback', 'authorization_code,refresh_token', 'public', 'none')`,
      [id, of.name ?? 'Partner'],
    )
    await db.exec(
      `insert into private.apps (client_id, permissions)
       select $1, coalesce($2::text[], array(select permission from public.permissions where is_open_to_apps))`,
      [id, of.permissions === undefined ? null : [...of.permissions]],
    )
  })
  return id
}

/**
 * Signs a person in to an app, which may act in organizations.
 *
 * @param of.permissions what the app may do there; without any, the person signed in and no more
 * @returns the person with the claims of the app's token
 */
async function appOf(
  db: Database,
  of: {
    person: Person
    organizations?: readonly { id: string }[]
    permissions?: readonly string[]
    clientId?: string
    hasSecondFactor?: boolean
  },
): Promise<Person> {
  const clientId = of.clientId ?? (await app(db))
  const sessionId = randomUUID()
  await db.asOwner(async () => {
    await db.exec(
      `insert into auth.sessions (id, user_id, created_at, updated_at, oauth_client_id) values ($1, $2, now(), now(), $3)`,
      [sessionId, of.person.id, clientId],
    )
    await db.exec(
      `insert into auth.oauth_consents (id, user_id, client_id, scopes) values (gen_random_uuid(), $1, $2, 'openid')
       on conflict do nothing`,
      [of.person.id, clientId],
    )
    if (!of.permissions || of.permissions.length === 0) return
    for (const { id } of of.organizations ?? []) {
      await db.exec(
        `insert into private.app_grants (user_id, client_id, organization_id, permissions, has_second_factor)
         values ($1, $2, $3, $4, $5)`,
        [of.person.id, clientId, id, [...of.permissions], of.hasSecondFactor ?? false],
      )
    }
  })
  const claims = {
    client_id: clientId,
    session_id: randomUUID(),
    app_session_id: sessionId,
    scope: 'openid',
    aal: 'aal1',
  }
  return { ...of.person, claims }
}

/** Makes a service account with a role. @returns it as who calls through the REST face with a key of these scopes */
async function serviceAccount(
  db: Database,
  of: { organization: { id: string }; role?: string; scopes: readonly string[]; isDisabled?: boolean },
): Promise<Person> {
  const id = randomUUID()
  await db.asOwner(async () => {
    await db.exec(
      `insert into public.service_accounts (id, organization_id, name, disabled_at)
       values ($1, $2, $3, case when $4::boolean then now() end)`,
      [id, of.organization.id, `Account ${id.slice(0, 8)}`, of.isDisabled ?? false],
    )
    await db.exec('insert into public.memberships (organization_id, service_account_id, role) values ($1, $2, $3)', [
      of.organization.id,
      id,
      of.role ?? 'member',
    ])
  })
  return { id, email: '', claims: { email: null, service_account_id: id, scopes: of.scopes } }
}

/** Makes the rows that a test starts from; each test has its own. */
export const given = {
  person,
  member,
  organization,
  limit,
  membershipId,
  personalOrganizationId,
  session,
  verified,
  serviceAccount,
  app,
  appOf,
}
