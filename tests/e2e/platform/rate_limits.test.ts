import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signedInPerson } from '../../support/api_person.ts'
import { type TestTarget, testTarget } from '../../support/target.ts'

describe('limits through the running stack', { timeout: 60_000 }, () => {
  let target: TestTarget
  beforeAll(async () => {
    target = await testTarget()
  }, 60_000)
  afterAll(() => target[Symbol.asyncDispose]())

  it('[TST-23] [SEC-05] [SEC-06] [A11-04] tells the limit in each answer and refuses a burst', async () => {
    const { token } = await signedInPerson(target)
    const ask = () =>
      fetch(`${target.apiUrl}/functions/v1/api/v1/me`, {
        headers: { authorization: `Bearer ${token}`, origin: 'http://localhost:3000' },
      })
    const first = await ask()
    expect(first.status).toBe(200)
    expect(first.headers.get('ratelimit-limit')).toBe('20')
    expect(Number(first.headers.get('ratelimit-remaining'))).toBeLessThan(20)
    expect(first.headers.get('ratelimit-reset')).toBe('1')
    expect(first.headers.get('access-control-expose-headers')).toContain('ratelimit-remaining')
    // More than any second of the machine can admit: the window of a minute ends it where that of a second does not.
    const answers: Response[] = [first]
    while (!answers.some(({ status }) => status === 429) && answers.length < 400) {
      answers.push(...(await Promise.all(Array.from({ length: 40 }, ask))))
    }
    const refused = answers.find(({ status }) => status === 429)
    expect(refused?.headers.get('ratelimit-remaining')).toBe('0')
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused?.json()).toMatchObject({ code: 'rate_limit_exceeded', hint: expect.any(String) })
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 429]))
  })

  it('[TST-23] [SEC-08] limits changes through tables and RPCs, and no reads', async () => {
    const { client, token, id } = await signedInPerson(target)
    const write = (headline: string) =>
      fetch(`${target.apiUrl}/rest/v1/profiles?id=eq.${id}`, {
        method: 'PATCH',
        headers: {
          apikey: target.publishableKey,
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ headline }),
      })
    const first = await write('Busy')
    expect(first.status).toBe(204)
    expect(first.headers.get('ratelimit-limit')).toBe('20')
    expect(first.headers.get('ratelimit-remaining')).toBe('19')
    let refused: Response | undefined
    for (let n = 0; n < 1_100 && refused === undefined; n += 20) {
      const answers = await Promise.all(Array.from({ length: 20 }, (_, k) => write(`Busy ${n + k}`)))
      refused = answers.find(({ status }) => status === 429)
    }
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(refused?.headers.get('ratelimit-remaining')).toBe('0')
    expect(await refused?.json()).toMatchObject({ code: 'rate_limit_exceeded' })
    for (let n = 0; n < 3; n += 1) {
      expect((await client.from('profiles').select('headline').eq('id', id).single()).error).toBeNull()
    }
  })
})
