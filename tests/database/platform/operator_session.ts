import type { Database, Person } from '../../support/database.ts'
import { given } from '../../support/given.ts'

/** Goes on with the rights of somebody whose session has the given level of assurance. */
export async function actWithLevel(db: Database, person: Person, aal: 'aal1' | 'aal2'): Promise<void> {
  await db.actAs({ ...person, claims: { ...person.claims, aal, app_metadata: { platform_admin: true } } })
}

/** Makes a person who runs the platform. */
export async function givenPlatformAdmin(db: Database): Promise<Person> {
  const person = await given.person(db)
  await db.asOwner(() =>
    db.exec(`update auth.users set raw_app_meta_data = '{"platform_admin": true}' where id = $1::uuid`, [person.id]),
  )
  return person
}

/** Goes on as a platform admin with a second factor. */
export async function actAsOperator(db: Database): Promise<Person> {
  const person = await givenPlatformAdmin(db)
  await actWithLevel(db, person, 'aal2')
  return person
}
