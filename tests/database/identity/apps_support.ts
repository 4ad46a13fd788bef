import type { Database, Person } from '../../support/database.ts'
import { given } from '../../support/given.ts'

/** Permissions to look at an organization and its people. */
export const appReads = ['organization.read', 'members.read']

/** What a person's page calls before Auth is told that they approve. */
export const grant = (
  db: Database,
  clientId: string,
  organizations: readonly { id: string }[],
  permissions: readonly string[],
) =>
  db.row<{ organization_ids: string[]; permissions: string[] }>('select * from public.grant_app($1, $2, $3)', [
    clientId,
    organizations.map(({ id }) => id),
    [...permissions],
  ])
/** Organizations that the caller sees, apart from the personal ones. */
export const seen = async (db: Database) =>
  (await db.rows<{ id: string }>(`select id from public.organizations where kind <> 'personal' order by name`)).map(
    ({ id }) => id,
  )
/** Members of an organization that the caller sees. */
export const members = (db: Database, { id }: { id: string }) =>
  db.rows('select id from public.memberships where organization_id = $1', [id])
/** The person in a session with a code verified just now. */
export const verified = (db: Database, person: Person) => given.session(db, { person, verifiedBy: 'otp' })

/** A person with two organizations, and an app that asks for all that apps may have. */
export async function appScene(db: Database) {
  const ours = await given.organization(db, { name: 'A' })
  const second = await given.organization(db, { name: 'B' })
  await given.member(db, { organization: second, person: ours.owner, role: 'viewer' })
  return { ours, second, person: ours.owner, clientId: await given.app(db) }
}
