import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { withConnection } from '../../../local/postgres/database.ts'
import { type TestStack, testStack } from '../../support/stack.ts'
import { requireSubscribed, subscribed, wait } from './realtime_stack.ts'

let stack: TestStack
beforeAll(async () => {
  stack = await testStack()
  await withConnection(
    stack.database.superuserUrl,
    (sql) =>
      sql`create policy test_own_topic on realtime.messages for select to authenticated
      using (realtime.topic() = 'test:' || auth.uid())`,
  )
})
afterAll(() => stack[Symbol.asyncDispose]())

/** A person who has just signed in. */
async function signedIn(name: string) {
  const credentials = { email: `${name}@example.test`, password: 'correct horse battery staple 1' }
  const { error } = await stack.adminClient().auth.admin.createUser({ ...credentials, email_confirm: true })
  expect(error).toBeNull()
  const client = stack.client()
  const { data } = await client.auth.signInWithPassword(credentials)
  if (!data.user) throw new Error('sign-in failed')
  return { client, id: data.user.id }
}

it('[CHT-04] maps the socket of a person who signed in to that person, through the whole stack', async () => {
  const [anna, ben] = [await signedIn('anna'), await signedIn('ben')]
  const heard = vi.fn()
  const config = { config: { private: true } }
  const mine = anna.client.channel(`test:${anna.id}`, config).on('broadcast', { event: '*' }, heard)
  await requireSubscribed(mine)
  expect((await subscribed(ben.client.channel(`test:${anna.id}`, config))).status).toBe('CHANNEL_ERROR')
  expect((await subscribed(stack.client().channel(`test:${anna.id}`, config))).status).toBe('CHANNEL_ERROR')
  // A service with the secret key reaches the person by HTTP, SQL by realtime.send.
  await stack.adminClient().channel(`test:${anna.id}`, config).httpSend('from_service', { n: 1 })
  await withConnection(
    stack.database.url,
    (sql) => sql`select realtime.send('{"n": 2}', 'from_sql', ${`test:${anna.id}`})`,
  )
  await vi.waitFor(
    () => expect(heard.mock.calls.map(([{ event }]) => event)).toEqual(['from_service', 'from_sql']),
    wait,
  )
  for (const { client } of [anna, ben]) await client.realtime.disconnect()
})
