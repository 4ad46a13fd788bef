import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Database } from '../../support/database.ts'
import { given } from '../../support/given.ts'

interface Result {
  row_number: number
  email: string
  invitation_id: string | null
  code: string | null
}

/** An address that nobody has yet. */
export const address = () => `${randomUUID()}@example.test`

/** Calls create_invitations. */
export const create = (db: Database, organization: { id: string }, list: unknown) =>
  db.rows<Result>('select * from public.create_invitations($1, $2::text::jsonb)', [
    organization.id,
    JSON.stringify(list),
  ])

/** Invites one person. @returns id of the invitation */
export async function invite(
  db: Database,
  organization: { id: string },
  row: { email: string; [column: string]: unknown },
) {
  const [made] = await create(db, organization, [row])
  if (!made?.invitation_id) throw new Error(`Nobody was invited: ${made?.code}`)
  return made.invitation_id
}

/** Writes the mail of an invitation as the worker does. @returns the token that only the mail holds */
export async function mail(db: Database, invitationId: string): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  const hash = createHash('sha256').update(token).digest('hex')
  await db.asOwner(async () => {
    const { sent_count } = await db.row<{ sent_count: number }>(
      'select sent_count from public.invitations where id = $1',
      [invitationId],
    )
    await db.actAs('service_role')
    await db.row('select * from public.start_invitation_mail($1, $2, $3)', [invitationId, sent_count, hash])
  })
  return token
}

/** Calls look_up_invitation. */
export const preview = (db: Database, token: string) =>
  db.row<{ is_valid: boolean; organization_name: string | null; role: string | null; expires_at: string | null }>(
    'select * from public.look_up_invitation($1)',
    [token],
  )
/** Calls accept_invitation. */
export const accept = (db: Database, token: string) =>
  db.row<{ organization_id: string; role: string; membership_id: string | null }>(
    'select * from public.accept_invitation($1)',
    [token],
  )
/** Calls decline_invitation. */
export const decline = (db: Database, token: string) => db.exec('select public.decline_invitation($1)', [token])
/** What became of an invitation. */
export const statusOf = async (db: Database, id: string) =>
  (
    await db.asOwner(() =>
      db.row<{ status: string }>('select status::text from public.invitations where id = $1', [id]),
    )
  ).status
/** What is told of every token that is of no use. */
export const nothing = { is_valid: false, organization_name: null, role: null, expires_at: null }
/** Lets the time of an invitation be over. */
export const expire = (db: Database, id: string) =>
  db.asOwner(() => db.exec(`update public.invitations set expires_at = now() where id = $1`, [id]))

/** An organization whose admin invited somebody who has no account yet. */
export async function invited(db: Database, row: Record<string, unknown> = {}) {
  const ours = await given.organization(db, { name: 'Lovelace Works' })
  const email = address()
  await db.actAs(ours.admin)
  const id = await invite(db, ours, { email, ...row })
  return { ours, email, id, token: await mail(db, id) }
}
