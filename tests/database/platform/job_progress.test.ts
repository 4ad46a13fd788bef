import { describe, expect, it } from 'vitest'
import { type Database, type Person, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

async function enqueue(
  db: Database,
  options: { organization?: { id: string }; person?: Person; isCancellable?: boolean },
): Promise<string> {
  const { id } = await db.row<{ id: string }>(
    `select private.enqueue_job('test.work', queue := 'test', organization_id := $1::uuid, created_by := $2::uuid,
       is_cancellable := $3::boolean)::text as id`,
    [options.organization?.id ?? null, options.person?.id ?? null, options.isCancellable ?? false],
  )
  return id
}

/** Has a worker take the job and tell how far it is. */
async function report(db: Database, id: string): Promise<void> {
  await db.exec(
    `select public.report_job_progress(job_id => claimed.id, lease_id => claimed.lease_id, done_count => 3,
       total_count => 10, message => 'Reading')
     from public.claim_jobs(array['test'], 'worker-a') as claimed where claimed.id = $1::bigint`,
    [id],
  )
}

const progress = (db: Database, id: string) =>
  db.row('select state, done_count, total_count, message from public.get_job_progress($1::bigint)', [id])
const notFound = { status: 404, code: 'job_not_found' }
const threeOfTen = { state: 'running', done_count: 3, total_count: 10, message: 'Reading' }

describe('how far a job is', () => {
  it('[ADM-06] is for the members of its organization and nobody of another', () =>
    withRollback(async (db) => {
      const [ours, theirs] = [await given.organization(db), await given.organization(db)]
      const id = await enqueue(db, { organization: ours })
      await report(db, id)
      await db.actAs(ours.member)
      expect(await progress(db, id)).toEqual(threeOfTen)
      await db.actAs(theirs.owner)
      await expect(progress(db, id)).rejects.toMatchObject(notFound)
    }))

  it('[ADM-06] is for the person who asked for it, and nobody else when it belongs to no organization', () =>
    withRollback(async (db) => {
      const [asker, other] = [await given.person(db), await given.person(db)]
      const id = await enqueue(db, { person: asker })
      await report(db, id)
      await db.actAs(asker)
      expect(await progress(db, id)).toEqual(threeOfTen)
      await db.actAs(other)
      await expect(progress(db, id)).rejects.toMatchObject(notFound)
    }))

  it('of a job without an organization and a person is not for anybody', () =>
    withRollback(async (db) => {
      const { owner } = await given.organization(db)
      const id = await enqueue(db, {})
      await db.actAs(owner)
      await expect(progress(db, id)).rejects.toMatchObject(notFound)
    }))

  it('is told to the own channel of the person who asked, and so is the end', () =>
    withRollback(async (db) => {
      const asker = await given.person(db)
      const id = await enqueue(db, { person: asker })
      await report(db, id)
      await db.exec(
        `select public.complete_job(id, lease_id) from private.jobs where id = $1::bigint and state = 'running'`,
        [id],
      )
      const told = await db.rows(
        `select topic, payload ->> 'state' as state from realtime.messages
         where event = 'job_progress' and private order by inserted_at, payload ->> 'state'`,
      )
      expect(told).toEqual(['running', 'succeeded'].map((state) => ({ topic: `user:${asker.id}`, state })))
    }))
})

describe('stopping a job', () => {
  const stop = (db: Database, id: string) => db.row('select public.request_job_cancellation($1::bigint) as state', [id])

  it('is for who asked for it and who may in its organization, and changes nothing the second time', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      for (const person of [organization.member, organization.admin]) {
        await db.actAs('postgres')
        const id = await enqueue(db, { organization, person: organization.member, isCancellable: true })
        await db.actAs(person)
        expect(await stop(db, id)).toEqual({ state: 'cancelled' })
        expect(await stop(db, id)).toEqual({ state: 'cancelled' })
      }
    }))

  it('is refused to members without the permission and to people elsewhere', () =>
    withRollback(async (db) => {
      const [organization, theirs] = [await given.organization(db), await given.organization(db)]
      const id = await enqueue(db, { organization, isCancellable: true })
      for (const person of [organization.member, theirs.owner]) {
        await db.actAs(person)
        await expect(stop(db, id)).rejects.toMatchObject(notFound)
      }
    }))

  it('is refused where the work must not stop half way, but for operators with a second factor', () =>
    withRollback(async (db) => {
      const { owner, ...organization } = await given.organization(db)
      const id = await enqueue(db, { organization, person: owner })
      await db.actAs(owner)
      await expect(stop(db, id)).rejects.toMatchObject({ status: 409, code: 'job_not_cancellable' })
      const operator = await given.person(db)
      await db.asOwner(() =>
        db.exec(`update auth.users set raw_app_meta_data = '{"platform_admin": true}' where id = $1::uuid`, [
          operator.id,
        ]),
      )
      await db.actAs(operator)
      await expect(stop(db, id)).rejects.toMatchObject({ status: 403, code: 'second_factor_required' })
      await db.rows(`select set_config('request.jwt.claims', $1, true)`, [
        JSON.stringify({ sub: operator.id, role: 'authenticated', aal: 'aal2' }),
      ])
      expect(await stop(db, id)).toEqual({ state: 'cancelled' })
    }))
})
