import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { bucket, chooseVariant } from '../../../supabase/functions/_shared/platform/mod.ts'
import { atOnce, type Database, type Person, withCommit, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { actAsOperator, actWithLevel, givenPlatformAdmin } from './operator_session.ts'

/** Saves experiment "welcome" of variants "plain" (control) and "warm" as an operator. */
async function save(db: Database, weights: readonly [number, number] = [50, 50], more = ''): Promise<void> {
  await actAsOperator(db)
  await db.rows(
    `select public.save_experiment('welcome', 'A warm welcome', $1::text::jsonb, 'onboarding.completed',
       guardrail_metrics := '{account.deleted}' ${more})`,
    [
      JSON.stringify([
        { variant: 'plain', weight: weights[0] },
        { variant: 'warm', weight: weights[1], payload: { greeting: 'Hello' } },
      ]),
    ],
  )
}

async function run(db: Database, weights: readonly [number, number] = [50, 50], more = ''): Promise<void> {
  await save(db, weights, more)
  await db.rows(`select public.start_experiment('welcome')`)
}

async function expose(db: Database, person: Person): Promise<string | null> {
  await db.actAs(person)
  const { variant } = await db.row<{ variant: string | null }>(
    `select public.record_experiment_exposure('welcome') as variant`,
  )
  return variant
}

async function shown(db: Database, person: Person): Promise<unknown> {
  await db.actAs(person)
  const { config } = await db.row<{ config: { experiments: Record<string, unknown> } }>(
    'select public.get_client_config() as config',
  )
  return config.experiments.welcome
}

async function record(db: Database, metric: string, person: Person, occurredAt = 'now()'): Promise<number> {
  await db.actAs('service_role')
  const { count } = await db.row<{ count: number }>(
    `select public.record_experiment_metric($1, user_id := $2, occurred_at := ${occurredAt}) as count`,
    [metric, person.id],
  )
  return count
}

async function people(db: Database, count: number): Promise<Person[]> {
  const made: Person[] = []
  for (let index = 0; index < count; index += 1) made.push(await given.person(db))
  return made
}

const drawn = (weights: readonly [number, number], person: Person) =>
  chooseVariant(
    [
      { variant: 'plain', weight: weights[0] },
      { variant: 'warm', weight: weights[1] },
    ],
    bucket('experiment:welcome', person.id),
  )

describe('an experiment', () => {
  it('[ANA-29] [A10-01] draws variants by their weights, the same for a person each time', () =>
    withRollback(async (db) => {
      await run(db, [30, 70])
      for (const person of await people(db, 12)) {
        const variant = drawn([30, 70], person)
        expect(await shown(db, person)).toEqual({
          variant,
          payload: variant === 'warm' ? { greeting: 'Hello' } : {},
        })
        expect(await expose(db, person)).toBe(variant)
      }
    }))

  it('[ANA-29] shows nothing as a draft, and the winner to everybody once it ended', () =>
    withRollback(async (db) => {
      const [before, after] = [await given.person(db), await given.person(db)]
      await save(db, [100, 0])
      expect(await shown(db, before)).toBeUndefined()
      await expect(expose(db, before)).rejects.toMatchObject({ status: 404, code: 'experiment_not_found' })
      await run(db, [100, 0])
      expect(await expose(db, before)).toBe('plain')
      await actAsOperator(db)
      for (let call = 0; call < 2; call += 1) {
        expect(await db.row(`select public.end_experiment('welcome', 'warm') as winner`)).toEqual({ winner: 'warm' })
      }
      expect([await expose(db, before), await expose(db, after)]).toEqual(['warm', 'warm'])
      await db.actAs('postgres')
      expect(await db.rows('select user_id from private.experiment_assignments')).toEqual([{ user_id: before.id }])
    }))

  it('[A10-04] flips nobody who met a variant when the shares, the traffic or the targeting change', () =>
    withRollback(async (db) => {
      const met = await people(db, 6)
      const unmet = await given.person(db)
      await run(db, [100, 0])
      for (const person of met) await expose(db, person)
      await save(db, [0, 100])
      for (const person of met)
        expect([await expose(db, person), (await shown(db, person)) as object]).toMatchObject([
          'plain',
          { variant: 'plain' },
        ])
      expect(await expose(db, unmet)).toBe('warm')
      await save(db, [0, 100], `, traffic_percentage := 0, roles := '{owner}'`)
      for (const person of [...met, unmet]) expect(await expose(db, person)).toBe(person === unmet ? 'warm' : 'plain')
      expect(await expose(db, await given.person(db)), 'who comes now').toBeNull()
    }))

  it('[A10-04] gives one variant to a person who meets it in two sessions at once', async () => {
    const { person, admin } = await withCommit(async (db) => {
      await run(db, [100, 0])
      return { person: await given.person(db), admin: await givenPlatformAdmin(db) }
    })
    try {
      const [first, second] = await atOnce(
        (db) => expose(db, person),
        async (db) => {
          await actWithLevel(db, admin, 'aal2')
          return expose(db, person)
        },
      )
      expect([first, second]).toEqual([
        { status: 'fulfilled', value: 'plain' },
        { status: 'fulfilled', value: 'plain' },
      ])
      await withRollback(async (db) => {
        expect(await db.rows('select variant from private.experiment_assignments')).toEqual([{ variant: 'plain' }])
      })
    } finally {
      await withCommit((db) => db.exec('delete from private.experiments'))
    }
  })

  it('[A10-02] takes in only the plans, roles and share that it names, and may compare organizations', () =>
    withRollback(async (db) => {
      const { id, owner, member } = await given.organization(db)
      await run(db, [0, 100], `, unit := 'organization', roles := '{owner, member}', plans := '{chat.team}'`)
      const meet = async (person: Person, organizationId: string | null) => {
        await db.actAs(person)
        const row = await db.row<{ variant: string | null }>(
          `select public.record_experiment_exposure('welcome', $1) as variant`,
          [organizationId],
        )
        return row.variant
      }
      expect(await meet(owner, id)).toBeNull()
      await db.asOwner(() =>
        db.exec(`insert into private.organization_plans (organization_id, plan) values ('${id}', 'chat.team')`),
      )
      expect([await meet(owner, null), await meet(owner, id), await meet(member, id)]).toEqual([null, 'warm', 'warm'])
      await db.actAs('postgres')
      expect(await db.rows('select organization_id, user_id from private.experiment_assignments')).toEqual([
        { organization_id: id, user_id: null },
      ])
      const stranger = await given.person(db)
      await expect(meet(stranger, id)).rejects.toMatchObject({ status: 404, code: 'organization_not_found' })
    }))

  it('[A10-03] is exposed once for each person, and tells it as a topic', () =>
    withRollback(async (db) => {
      const person = await given.person(db)
      await db.exec(
        `insert into private.event_subscriptions (topic_pattern, kind) values ('experiment.*', 'test.hear')`,
      )
      await run(db, [0, 100])
      for (let call = 0; call < 3; call += 1) expect(await expose(db, person)).toBe('warm')
      await db.actAs('postgres')
      expect(await db.rows(`select payload -> 'event' as event from private.jobs where kind = 'test.hear'`)).toEqual([
        { event: { experiment: 'welcome', variant: 'warm', user_id: person.id } },
      ])
    }))

  it('[A10-03] counts what a person did only after the exposure, and once', () =>
    withRollback(async (db) => {
      const [met, unmet] = [await given.person(db), await given.person(db)]
      await run(db, [0, 100])
      expect(await record(db, 'onboarding.completed', met), 'before').toBe(0)
      await expose(db, met)
      expect(await record(db, 'onboarding.completed', met, `now() - interval '1 minute'`), 'late news').toBe(0)
      expect(await record(db, 'onboarding.completed', met)).toBe(1)
      expect(await record(db, 'onboarding.completed', met), 'again').toBe(0)
      expect(await record(db, 'other.thing', met)).toBe(0)
      expect(await record(db, 'onboarding.completed', unmet)).toBe(0)
      await actAsOperator(db)
      expect(
        await db.rows(`select variant, metric, exposed_count::int as exposed, converted_count::int as converted
          from public.get_experiment_results('welcome') where not is_control order by metric desc`),
      ).toEqual([
        { variant: 'warm', metric: 'onboarding.completed', exposed: 1, converted: 1 },
        { variant: 'warm', metric: 'account.deleted', exposed: 1, converted: 0 },
      ])
    }))

  it('[A10-05] compares the variants, and warns of guardrails and of sizes that cannot be', () =>
    withRollback(async (db) => {
      await run(db)
      /** Fills a variant past the draw: who was exposed, how many converted, how many were harmed. */
      const fill = (variant: string, exposed: number, converted: number, harmed: number, phase = 1) =>
        db.asOwner(() =>
          db.exec(`
            with people as (
              select id, row_number() over () as n from public.profiles
              where not exists (select from private.experiment_assignments where user_id = profiles.id) limit ${exposed}
            ), made as (
              insert into private.experiment_assignments (experiment_key, user_id, variant, phase)
              select 'welcome', id, '${variant}', ${phase} from people returning unit_id
            )
            insert into private.experiment_conversions (experiment_key, unit_id, metric, converted_at)
            select 'welcome', people.id, metric, now() from people
            join (values ('onboarding.completed', ${converted}), ('account.deleted', ${harmed})) as wanted (metric, size)
              on people.n <= size`),
        )
      await db.asOwner(() =>
        db.exec(`insert into auth.users (id, email, raw_app_meta_data, raw_user_meta_data)
          select gen_random_uuid(), 'p' || n || '@example.test', '{}', '{}' from generate_series(1, 700) as n`),
      )
      await fill('plain', 150, 30, 3)
      await fill('warm', 150, 75, 30)
      await actAsOperator(db)
      const results =
        await db.rows(`select metric, variant, converted_count::int as converted, round(lift::numeric, 2)::text as lift,
          is_significant, is_harmed, has_sample_ratio_mismatch as mismatch from public.get_experiment_results('welcome')`)
      expect(results).toEqual([
        {
          metric: 'onboarding.completed',
          variant: 'plain',
          converted: 30,
          lift: null,
          is_significant: false,
          is_harmed: false,
          mismatch: false,
        },
        {
          metric: 'onboarding.completed',
          variant: 'warm',
          converted: 75,
          lift: '1.50',
          is_significant: true,
          is_harmed: false,
          mismatch: false,
        },
        {
          metric: 'account.deleted',
          variant: 'plain',
          converted: 3,
          lift: null,
          is_significant: false,
          is_harmed: false,
          mismatch: false,
        },
        {
          metric: 'account.deleted',
          variant: 'warm',
          converted: 30,
          lift: '9.00',
          is_significant: true,
          is_harmed: true,
          mismatch: false,
        },
      ])
      const ratio = async () => {
        await actAsOperator(db)
        return db.rows(`select variant, exposed_count::int as exposed, expected_count::float8 as expected,
            has_sample_ratio_mismatch as mismatch from public.get_experiment_results('welcome') where not is_guardrail`)
      }
      // New shares are judged by themselves: 10 and 90 of a second phase are as they should be.
      await save(db, [10, 90])
      await fill('plain', 10, 0, 0, 2)
      await fill('warm', 90, 0, 0, 2)
      expect(await ratio()).toEqual([
        { variant: 'plain', exposed: 160, expected: 160, mismatch: false },
        { variant: 'warm', exposed: 240, expected: 240, mismatch: false },
      ])
      await fill('plain', 100, 0, 0, 2)
      expect(await ratio()).toEqual([
        { variant: 'plain', exposed: 260, expected: 170, mismatch: true },
        { variant: 'warm', exposed: 240, expected: 330, mismatch: true },
      ])
    }))

  it('has no results that divide by nothing before anybody met it', () =>
    withRollback(async (db) => {
      await run(db)
      expect(
        await db.rows(`select exposed_count::int as exposed, conversion_rate, lift_p_value, sample_ratio_p_value as ratio
          from public.get_experiment_results('welcome') where variant = 'warm' and not is_guardrail`),
      ).toEqual([{ exposed: 0, conversion_rate: null, lift_p_value: null, ratio: null }])
    }))

  it('keeps its variants, unit and metric once it runs, and all of it once it ended', () =>
    withRollback(async (db) => {
      await run(db)
      await expect(save(db, [50, 50], `, unit := 'organization'`)).rejects.toMatchObject({ code: 'experiment_running' })
      await expect(
        db.rows(`select public.save_experiment('welcome', 'Other', '[{"variant":"plain","weight":1},{"variant":"cold","weight":1}]',
          'onboarding.completed')`),
      ).rejects.toMatchObject({ status: 409, code: 'experiment_running' })
      await expect(db.rows(`select public.end_experiment('welcome', 'cold')`)).rejects.toMatchObject({
        status: 422,
        code: 'experiment_variant_unknown',
      })
      await db.rows(`select public.end_experiment('welcome', 'plain')`)
      await expect(save(db)).rejects.toMatchObject({ status: 409, code: 'experiment_ended' })
      await expect(db.rows(`select public.start_experiment('welcome')`)).rejects.toMatchObject({
        code: 'experiment_ended',
      })
      await expect(db.rows(`select public.end_experiment('welcome', 'warm')`)).rejects.toMatchObject({
        code: 'experiment_not_running',
      })
    }))

  it.each([
    ['one variant only', '[{"variant":"plain","weight":1}]', 'test.done'],
    ['no array', '{"plain":1}', 'test.done'],
    ['no weights', '[{"variant":"a","weight":0},{"variant":"b","weight":0}]', 'test.done'],
    ['a negative weight', '[{"variant":"a","weight":-1},{"variant":"b","weight":5}]', 'test.done'],
    ['half a weight', '[{"variant":"a","weight":0.5},{"variant":"b","weight":5}]', 'test.done'],
    ['the same variant twice', '[{"variant":"a","weight":1},{"variant":"a","weight":1}]', 'test.done'],
    ['a variant without a name', '[{"weight":1},{"variant":"a","weight":1}]', 'test.done'],
    ['a metric that is no topic', '[{"variant":"a","weight":1},{"variant":"b","weight":1}]', 'done'],
  ])('is refused with %s', (_what, variants, metric) =>
    withRollback(async (db) => {
      await actAsOperator(db)
      await expect(
        db.rows(`select public.save_experiment('welcome', 'A warm welcome', $1::text::jsonb, $2)`, [variants, metric]),
      ).rejects.toMatchObject({ status: 422, code: 'experiment_invalid' })
    }),
  )

  it.each([
    'select * from public.list_experiments()',
    `select * from public.get_experiment_results('welcome')`,
    `select public.save_experiment('welcome', 'A', '[]', 'test.done')`,
    `select public.start_experiment('welcome')`,
    `select public.end_experiment('welcome', 'plain')`,
  ])('is managed by platform admins with a second factor: %s', (call) =>
    withRollback(async (db) => {
      await save(db)
      const { owner } = await given.organization(db)
      await actWithLevel(db, owner, 'aal2')
      await expect(db.rows(call)).rejects.toMatchObject({ status: 403, code: 'platform_admin_required' })
      await actWithLevel(db, await givenPlatformAdmin(db), 'aal1')
      await expect(db.rows(call)).rejects.toMatchObject({ status: 403, code: 'second_factor_required' })
    }),
  )

  it('[A10-07] is audited from draft to end, and listed with its shares', () =>
    withRollback(async (db) => {
      await run(db, [50, 50])
      await save(db, [10, 90])
      await db.rows(`select public.end_experiment('welcome', 'warm')`)
      expect(await db.row('select state, winner, variants from public.list_experiments()')).toEqual({
        state: 'ended',
        winner: 'warm',
        variants: [
          { variant: 'plain', weight: 10, payload: {} },
          { variant: 'warm', weight: 90, payload: { greeting: 'Hello' } },
        ],
      })
      await db.actAs('postgres')
      const entries = await db.rows<{ after: { state?: string } | null }>(
        `select changes -> 'after' as after from public.audit_logs where object_type = 'experiments' and occurred_at >= now() order by id`,
      )
      expect(entries.map(({ after }) => after?.state)).toEqual(['draft', 'running', undefined, 'ended'])
      expect(
        await db.rows(`select object_id from public.audit_logs
          where object_type = 'experiment_shares' and occurred_at >= now() and changes -> 'after' ->> 'weight' = '90'`),
      ).toHaveLength(1)
    }))

  it('may be asked by the backend, for anybody', () =>
    withRollback(async (db) => {
      await run(db, [0, 100], ', is_public := false')
      const person = await given.person(db)
      await expect(expose(db, person)).rejects.toMatchObject({ code: 'experiment_not_found' })
      expect(await shown(db, person)).toBeUndefined()
      await db.actAs('service_role')
      expect(
        await db.row(
          `select public.expose_experiment('welcome', user_id := $1) as variant,
          public.expose_experiment('none', user_id := $1) as none`,
          [person.id],
        ),
      ).toEqual({ variant: 'warm', none: null })
      await expect(
        db.rows(`select public.expose_experiment('welcome', user_id := $1)`, [randomUUID()]),
      ).rejects.toMatchObject({ sqlstate: '23503' })
    }))
})
