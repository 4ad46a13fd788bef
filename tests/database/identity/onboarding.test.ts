import { expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

interface Onboarding {
  readonly percent: number
  readonly is_finished: boolean
  readonly steps: readonly { readonly step: string; readonly state: string }[]
}
async function ask(db: Database, call: string, ...parameters: string[]): Promise<Onboarding> {
  const places = parameters.map((_, index) => `$${index + 1}`).join(', ')
  const { answer } = await db.row<{ answer: Onboarding }>(`select public.${call}(${places}) as answer`, parameters)
  return answer
}
const states = ({ steps }: Onboarding) => Object.fromEntries(steps.map(({ step, state }) => [step, state]))

/** Does what the worker does with the jobs that events made. */
async function deliver(db: Database) {
  await db.asOwner(() =>
    db.exec(`
      select public.complete_onboarding_by_event(
        payload ->> 'topic', (payload ->> 'organization_id')::uuid, (payload -> 'event' ->> 'user_id')::uuid
      )
      from private.jobs where kind = 'onboarding.complete'`),
  )
}

it('[IDN-30] asks each kind of organization for its own steps and tells how far one is', () =>
  withRollback(async (db) => {
    const ours = await given.organization(db)
    await db.actAs(ours.owner)
    const start = await ask(db, 'get_my_onboarding', ours.id)
    expect(start).toMatchObject({ percent: 0, is_finished: false })
    expect(states(start)).toMatchObject({ complete_profile: 'open', brand_organization: 'open', take_tour: 'open' })
    const personal = await given.personalOrganizationId(db, ours.owner)
    expect(states(await ask(db, 'get_my_onboarding', personal))).not.toHaveProperty('brand_organization')
    const done = await ask(db, 'complete_onboarding_step', ours.id, 'take_tour')
    expect(done.percent).toBe(Math.round(100 / done.steps.length))
    await db.actAs(ours.admin)
    expect((await ask(db, 'get_my_onboarding', ours.id)).percent).toBe(0)
    await expect(ask(db, 'complete_onboarding_step', personal, 'take_tour')).rejects.toMatchObject({ status: 404 })
    await expect(ask(db, 'complete_onboarding_step', ours.id, 'nothing')).rejects.toMatchObject({
      status: 404,
      code: 'onboarding_step_not_found',
    })
  }))

it('[IDN-30] completes steps when what they ask for happens', () =>
  withRollback(async (db) => {
    const ours = await given.organization(db)
    await db.actAs(ours.member)
    await db.exec(`update public.profiles set headline = 'Busy', avatar_path = id || '/a.png' where id = $1`, [
      ours.member.id,
    ])
    await db.actAs(ours.owner)
    await db.exec(`update public.organizations set logo_path = id || '/logo.png' where id = $1`, [ours.id])
    await deliver(db)
    expect(states(await ask(db, 'get_my_onboarding', ours.id))).toMatchObject({
      complete_profile: 'open',
      brand_organization: 'completed',
    })
    await db.actAs(ours.member)
    expect(states(await ask(db, 'get_my_onboarding', ours.id))).toMatchObject({
      complete_profile: 'completed',
      brand_organization: 'completed',
    })
  }))

it('[IDN-30] is put aside step by step or whole, and what is done stays done', () =>
  withRollback(async (db) => {
    const ours = await given.organization(db)
    await db.actAs(ours.owner)
    await ask(db, 'complete_onboarding_step', ours.id, 'take_tour')
    expect(states(await ask(db, 'dismiss_onboarding', ours.id, 'complete_profile'))).toMatchObject({
      complete_profile: 'dismissed',
      take_tour: 'completed',
      brand_organization: 'open',
    })
    const aside = await ask(db, 'dismiss_onboarding', ours.id)
    expect(aside).toMatchObject({ percent: 100, is_finished: true })
    expect(states(aside)).toMatchObject({ take_tour: 'completed', brand_organization: 'dismissed' })
    expect(states(await ask(db, 'complete_onboarding_step', ours.id, 'complete_profile'))).toMatchObject({
      complete_profile: 'completed',
    })
    await db.actAs(ours.member)
    expect(await ask(db, 'get_my_onboarding', ours.id)).toMatchObject({ percent: 0 })
  }))
