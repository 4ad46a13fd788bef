import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withConnection } from '../../../local/postgres/database.ts'
import { lacks, type TestTarget, testTarget } from '../../support/target.ts'

describe('get_client_config, through the public API', { timeout: 60_000 }, () => {
  let target: TestTarget
  beforeAll(async () => {
    target = await testTarget()
  })
  afterAll(() => target[Symbol.asyncDispose]())

  it('answers a GET of somebody who is not signed in', async () => {
    const answer = await fetch(`${target.apiUrl}/rest/v1/rpc/get_client_config`, {
      headers: { apikey: target.publishableKey },
    })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({
      person_id: null,
      organization: null,
      settings: { 'platform.name': 'Atrium' },
    })
  })

  it.skipIf(lacks.database)(
    '[ADM-05] [ANA-29] gives a member flags, variants and a topic that can be joined',
    async () => {
      const suffix = crypto.randomUUID().replaceAll('-', '').slice(0, 8)
      const [flag, experiment] = [`flag_e${suffix}`, `experiment_e${suffix}`]
      await withConnection(target.databaseUrl ?? '', async (sql) => {
        await sql`insert into private.feature_flags (key, description, is_enabled, roles)
        values (${flag}, 'For owners', true, '{owner}')`
        await sql`insert into private.experiments (key, description, primary_metric, state, started_at)
        values (${experiment}, 'One sided', 'test.done', 'running', now())`
        await sql`insert into private.experiment_variants (experiment_key, variant, position, payload)
        values (${experiment}, 'plain', 0, '{}'), (${experiment}, 'warm', 1, '{"greeting": "Hello"}')`
        await sql`insert into private.experiment_shares (experiment_key, phase, variant, weight)
        values (${experiment}, 1, 'plain', 0), (${experiment}, 1, 'warm', 1)`
      })
      const [email, password] = [`config.${suffix}@example.com`, 'Correct-horse-1']
      await target.adminClient().auth.admin.createUser({ email, password, email_confirm: true })
      const client = target.client()
      await client.auth.signInWithPassword({ email, password })
      const { data: organization } = await client.rpc('create_organization', { name: `Config ${suffix}` })
      const id = organization?.id ?? ''
      const { data: config, error } = await client.rpc('get_client_config', { organization_id: id })
      expect(error).toBeNull()
      expect(config).toMatchObject({
        organization: { role: 'owner', topic: `organization:${id}:1` },
        flags: { [flag]: true },
        experiments: { [experiment]: { variant: 'warm', payload: { greeting: 'Hello' } } },
      })
      const exposure = await client.rpc('record_experiment_exposure', {
        experiment_key: experiment,
        organization_id: id,
      })
      expect(exposure.data).toBe('warm')
      const { promise: joined, resolve } = Promise.withResolvers<string>()
      await client.realtime.setAuth()
      client.channel(`organization:${id}:1`, { config: { private: true } }).subscribe((status) => resolve(status))
      expect(await joined).toBe('SUBSCRIBED')
      await client.removeAllChannels()
      const stranger = await target.client().rpc('get_client_config', { organization_id: id })
      expect(stranger.error?.code).toBe('organization_not_found')
    },
  )
})
