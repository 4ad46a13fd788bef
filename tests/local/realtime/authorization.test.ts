import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createKeys, createTokens } from '../../../local/tokens.ts'
import {
  person,
  type RawSocket,
  type RealtimeStack,
  requireSubscribed,
  startRealtimeStack,
  subscribed,
  versions,
  wait,
} from './realtime_stack.ts'

let stack: RealtimeStack
beforeAll(async () => {
  stack = await startRealtimeStack()
  await stack.sql(`
    create table public.room_members (room text, user_id uuid);
    grant select on public.room_members to authenticated;
    create policy own_topic on realtime.messages for select to authenticated
      using (realtime.topic() = 'user:' || auth.uid());
    create policy room_receive on realtime.messages for select to authenticated
      using (exists (select from public.room_members where room = realtime.topic() and user_id = auth.uid()));
    create policy room_send on realtime.messages for insert to authenticated
      with check (exists (select from public.room_members where room = realtime.topic() and user_id = auth.uid()));
    create policy service_reads on realtime.messages for select to service_role using (true);
    create policy anybody on realtime.messages for select to anon using (realtime.topic() = 'lobby');`)
})
afterAll(() => stack[Symbol.asyncDispose]())

const refusal = (topic: string) => `Unauthorized: You do not have permissions to read from this Channel topic: ${topic}`
const privately = { private: true }
const addMember = (room: string, user: string) =>
  stack.sql(`insert into public.room_members values ('${room}', '${user}')`)

describe.each(versions)('a private channel in protocol %s', (version) => {
  it('[CHT-04] admits the person of the token, and nobody else, to the topic of a user', async () => {
    const [owner, other] = [person(), person()]
    const mine = await stack.client({ version, token: await stack.token(owner) })
    const theirs = await stack.client({ version, token: await stack.token(other) })
    const nobody = await stack.client({ version })
    const topic = `user:${owner}`
    await requireSubscribed(mine.channel(topic, { config: privately }))
    for (const client of [theirs, nobody]) {
      expect(await subscribed(client.channel(topic, { config: privately }))).toEqual({
        status: 'CHANNEL_ERROR',
        message: refusal(topic),
      })
    }
  })

  it('lets those send whom an insert policy allows; others are neither heard nor answered', async () => {
    const room = `room:${version}`
    const [member, listener] = [person(), person()]
    await addMember(room, member)
    await stack.sql(`create policy "listen ${version}" on realtime.messages for select to authenticated
      using (realtime.topic() = '${room}' and auth.uid() = '${listener}')`)
    const config = { private: true, broadcast: { ack: true, self: true } }
    const speaking = (await stack.client({ version, token: await stack.token(member) })).channel(room, { config })
    const listening = (await stack.client({ version, token: await stack.token(listener) })).channel(room, { config })
    const heard = vi.fn()
    listening.on('broadcast', { event: '*' }, heard)
    await Promise.all([requireSubscribed(speaking), requireSubscribed(listening)])
    expect(await listening.send({ type: 'broadcast', event: 'no', payload: {} }, { timeout: 200 })).toBe('timed out')
    expect(await speaking.send({ type: 'broadcast', event: 'yes', payload: {} })).toBe('ok')
    await vi.waitFor(() => expect(heard).toHaveBeenCalled(), wait)
    expect(heard.mock.calls.map(([message]) => message.event)).toEqual(['yes'])
  })
})

it('gives an API key the rights of its role', async () => {
  const publishable = await stack.rawSocket()
  expect(await publishable.join('realtime:lobby', privately)).toMatchObject({ status: 'ok' })
  expect(await publishable.join('realtime:other', privately)).toMatchObject({ response: { reason: refusal('other') } })
  const secret = await stack.rawSocket({ key: stack.keys.secretKey })
  expect(await secret.join('realtime:other', privately)).toMatchObject({ status: 'ok' })
  // The official client sends its key as the token while nobody is signed in.
  expect(await publishable.join('realtime:lobby', privately, stack.keys.publishableKey)).toMatchObject({ status: 'ok' })
})

it('shows policies the claims of the token', async () => {
  await stack.sql(`create policy by_claim on realtime.messages for select to authenticated
    using (realtime.topic() = 'claims' and auth.jwt() -> 'app_metadata' ->> 'team' = 'red')`)
  const [red, blue] = [await stack.rawSocket(), await stack.rawSocket()]
  const token = (team: string) => stack.token(person(), { claims: { app_metadata: { team } } })
  expect(await red.join('realtime:claims', privately, await token('red'))).toMatchObject({ status: 'ok' })
  expect(await blue.join('realtime:claims', privately, await token('blue'))).toMatchObject({ status: 'error' })
})

it('refuses everybody while a policy fails, and logs why', async () => {
  await stack.sql(`create policy broken on realtime.messages for select to authenticated
    using (realtime.topic() = 'broken' and 1 / (length(realtime.topic()) - 6) > 0)`)
  const socket = await stack.rawSocket()
  const outcome = await socket.join('realtime:broken', privately, await stack.token(person()))
  expect(outcome.response).toEqual({ reason: refusal('broken') })
  expect(stack.log.join('\n')).toContain('division by zero')
  await stack.sql('drop policy broken on realtime.messages')
})

it('leaves nothing of a check in the table', async () => {
  const socket = await stack.rawSocket()
  expect(await socket.join('realtime:open:check', privately, await stack.token(person()))).toMatchObject({
    status: 'ok',
  })
  await expect(
    stack.sql(`do $$ begin
      if exists (select from realtime.messages where topic = 'open:check') then raise exception 'rows were left'; end if;
    end $$`),
  ).resolves.toBeUndefined()
})

describe('a join is refused', () => {
  let socket: RawSocket
  beforeAll(async () => {
    socket = await stack.rawSocket()
  })
  const reasonOf = async (token: string, topic = 'realtime:open:x') =>
    (await socket.join(topic, privately, token)).response

  it('with an expired token', async () => {
    const reason = { reason: expect.stringMatching(/^InvalidJWTToken: Token has expired 6\d seconds ago$/) }
    expect(await reasonOf(await stack.token(person(), { seconds: -60 }))).toEqual(reason)
  })

  it('with a token of another stack, by its key and by its signature', async () => {
    const foreign = await createTokens(await createKeys())
    const now = Math.floor(Date.now() / 1000)
    const claims = { sub: person(), role: 'authenticated', iat: now, exp: now + 60 }
    expect(await reasonOf(await foreign.sign(claims))).toEqual({
      reason: expect.stringMatching(/^JwtSignerError: Failed to generate JWT signer for key ID \(kid\) ".+", check/),
    })
    const otherSecret = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .sign(Buffer.alloc(32))
    expect(await reasonOf(otherSecret)).toEqual({ reason: 'JwtSignatureError: Failed to validate JWT signature' })
  })

  it('with something that is no token', async () => {
    for (const token of ['nonsense', 'a.b.c', '']) {
      expect(await reasonOf(token)).toEqual({ reason: 'MalformedJWT: The token provided is not a valid JWT' })
    }
  })

  it('with a token that lacks a role or an end', async () => {
    const reason = { reason: 'InvalidJWTToken: Fields `role` and `exp` are required in JWT' }
    const now = Math.floor(Date.now() / 1000)
    expect(await reasonOf(await stack.tokens.sign({ sub: person(), iat: now, exp: now + 60 }))).toEqual(reason)
    expect(await reasonOf(await stack.tokens.sign({ sub: person(), role: 'authenticated' }))).toEqual(reason)
  })

  it('with a role that is not there or not meant for requests', async () => {
    for (const role of ['nobody', 'none', 'postgres', 'supabase_admin', 'supabase_realtime_admin']) {
      const token = await stack.token(person(), { claims: { role } })
      expect(await reasonOf(token, `realtime:open:${role}`)).toEqual({ reason: refusal(`open:${role}`) })
    }
  })

  it('when it asks for changes of tables', async () => {
    const client = await stack.client()
    const channel = client.channel('tables').on('postgres_changes', { event: '*', schema: 'public' }, () => {})
    const outcome = await subscribed(channel)
    expect(outcome.status).toBe('CHANNEL_ERROR')
    expect(outcome.message).toMatch(/^PostgresChangesNotServed: .*realtime\.broadcast_changes/)
  })
})

describe('a token that changes', () => {
  it('keeps the channel open when the new one still has the right', async () => {
    const somebody = person()
    const client = await stack.client({ token: await stack.token(somebody, { seconds: 3600 }) })
    const statuses: string[] = []
    const channel = client.channel(`user:${somebody}`, { config: privately })
    await new Promise<void>((resolve) => {
      channel.subscribe((status) => {
        statuses.push(status)
        resolve()
      })
    })
    const topic = `realtime:user:${somebody}`
    const [renewed, left] = [await stack.rawSocket(), await stack.rawSocket()]
    const shortLived = await stack.token(somebody, { seconds: 2 })
    for (const raw of [renewed, left]) await raw.join(topic, privately, shortLived)
    renewed.send(topic, 'access_token', { access_token: await stack.token(somebody) })
    await client.realtime.setAuth(await stack.token(somebody, { seconds: 7200 }))
    await left.next(({ event }) => event === 'phx_close')
    const beat = renewed.send('phoenix', 'heartbeat', {})
    await renewed.next(({ ref, topic: name }) => ref === beat && name === 'phoenix')
    expect(renewed.received.map(({ event }) => event)).not.toContain('phx_close')
    expect(statuses).toEqual(['SUBSCRIBED'])
  })

  it('cuts a member who lost the membership, and only that member', async () => {
    const room = 'room:cut'
    const [stays, goes] = [person(), person()]
    await addMember(room, stays)
    await addMember(room, goes)
    const clients = await Promise.all([stays, goes].map(async (one) => stack.client({ token: await stack.token(one) })))
    const system = vi.fn()
    const closed = vi.fn()
    const heard = vi.fn()
    const [staying, going] = clients.map((client) =>
      client.channel(room, { config: { private: true, broadcast: { ack: true } } }),
    )
    if (!staying || !going) throw new Error('two channels were made')
    going.on('system', {}, system).on('broadcast', { event: '*' }, heard)
    await Promise.all([
      requireSubscribed(staying),
      new Promise<void>((resolve) => {
        going.subscribe((status) => (status === 'SUBSCRIBED' ? resolve() : closed(status)))
      }),
    ])
    await stack.sql(`delete from public.room_members where user_id = '${goes}'`)
    for (const [index, one] of [stays, goes].entries()) {
      await clients[index]?.realtime.setAuth(await stack.token(one, { seconds: 5000 }))
    }
    await vi.waitFor(() => expect(closed).toHaveBeenCalledWith('CLOSED'), wait)
    expect(system.mock.calls[0]?.[0]).toEqual({
      extension: 'system',
      status: 'error',
      message: `You do not have permissions to read from this Channel topic: ${room}`,
      channel: room,
    })
    expect(await staying.send({ type: 'broadcast', event: 'after', payload: {} })).toBe('ok')
    expect(heard).not.toHaveBeenCalled()
    expect(
      await subscribed((await stack.client({ token: await stack.token(goes) })).channel(room, { config: privately })),
    ).toMatchObject({ message: refusal(room) })
  })

  it('cuts everybody when the policy itself is gone', async () => {
    await stack.sql(`create policy brief on realtime.messages for select to authenticated
      using (realtime.topic() = 'brief')`)
    const [somebody, raw] = [person(), await stack.rawSocket()]
    expect(await raw.join('realtime:brief', privately, await stack.token(somebody))).toMatchObject({ status: 'ok' })
    await stack.sql('drop policy brief on realtime.messages')
    raw.send('realtime:brief', 'access_token', { access_token: await stack.token(somebody, { seconds: 900 }) })
    const system = await raw.next(({ event }) => event === 'system')
    expect(system.payload).toMatchObject({ status: 'error', message: refusal('brief').replace('Unauthorized: ', '') })
    await raw.next(({ event }) => event === 'phx_close')
    await stack.sql(
      `select realtime.send('{}', 'after', 'brief', true), realtime.send('{}', 'after', 'open:after', true)`,
    )
    const watcher = await stack.rawSocket()
    await watcher.join(
      'realtime:open:after',
      { private: true, broadcast: { replay: { since: 0 } } },
      await stack.token(somebody),
    )
    await watcher.next(({ event }) => event === 'broadcast')
    expect(raw.received.filter(({ event }) => event === 'broadcast')).toEqual([])
  })

  it('takes the right to send away while the right to receive stays', async () => {
    const somebody = person()
    const room = 'room:mute'
    await addMember(room, somebody)
    const raw = await stack.rawSocket()
    const topic = `realtime:${room}`
    await raw.join(topic, { private: true, broadcast: { ack: true } }, await stack.token(somebody))
    await stack.sql(`create policy mute on realtime.messages as restrictive for insert to authenticated
      with check (realtime.topic() <> '${room}')`)
    const first = raw.send(topic, 'broadcast', { type: 'broadcast', event: 'x', payload: {} })
    await raw.next((message) => message.ref === first)
    raw.send(topic, 'access_token', { access_token: await stack.token(somebody, { seconds: 1000 }) })
    await vi.waitFor(async () => {
      const ref = raw.send(topic, 'broadcast', { type: 'broadcast', event: 'x', payload: {} })
      const beat = raw.send('phoenix', 'heartbeat', {})
      await raw.next((message) => message.ref === beat)
      expect(raw.received.some((message) => message.ref === ref)).toBe(false)
    }, wait)
    await stack.sql('drop policy mute on realtime.messages')
  })

  it.each([
    ['expired', () => stack.token(person(), { seconds: -5 }), /^Token has expired \d+ seconds ago$/],
    ['malformed', async () => 'nonsense', /^The token provided is not a valid JWT$/],
  ])('closes the channel when the new one is %s', async (_name, make, message) => {
    const raw = await stack.rawSocket()
    await raw.join('realtime:open:refresh', privately, await stack.token(person()))
    raw.send('realtime:open:refresh', 'access_token', { access_token: await make() })
    const system = await raw.next(({ event }) => event === 'system')
    expect(system.payload).toMatchObject({ status: 'error', message: expect.stringMatching(message) })
    await raw.next(({ event }) => event === 'phx_close')
  })

  it('closes the channel when a token ends without a successor', async () => {
    const raw = await stack.rawSocket()
    await raw.join('realtime:open:end', privately, await stack.token(person(), { seconds: 1 }))
    const system = await raw.next(({ event }) => event === 'system')
    expect(system.payload).toMatchObject({ message: expect.stringMatching(/^Token has expired \d seconds ago$/) })
    await raw.next(({ event, topic }) => event === 'phx_close' && topic === 'realtime:open:end')
  })
})

it('allows only private channels where the project says so', async () => {
  await using strict = await startRealtimeStack({ config: { private_only: true } })
  const raw = await strict.rawSocket()
  expect(await raw.join('realtime:open:x')).toMatchObject({
    response: { reason: 'PrivateOnly: This project only allows private channels' },
  })
  expect(await raw.join('realtime:open:x', privately, await strict.token(person()))).toMatchObject({ status: 'ok' })
})
