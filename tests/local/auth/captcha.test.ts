import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuthStack, newEmail, ourConfig, password, startAuthStack } from './auth_stack.ts'
import { type HookEndpoint, jsonAnswer, startHookEndpoint } from './hook_endpoint.ts'

describe('captchas', () => {
  let stack: AuthStack
  let verifier: HookEndpoint
  beforeAll(async () => {
    verifier = await startHookEndpoint()
    const captcha = { enabled: true, provider: 'turnstile', secret: 'server side' } as const
    const email = { enable_confirmations: false }
    stack = await startAuthStack({ config: { ...ourConfig, email, captcha }, captchaUrl: verifier.url })
  })
  afterAll(async () => {
    await stack[Symbol.asyncDispose]()
    await verifier[Symbol.asyncDispose]()
  })

  it('have to be solved before signing up and in, but not to go on', async () => {
    const email = newEmail()
    const bare = await stack.client().auth.signUp({ email, password })
    expect(bare.error).toMatchObject({ code: 'captcha_failed', status: 400 })
    verifier.answerWith(jsonAnswer({ success: false, 'error-codes': ['invalid-input-response'] }))
    const options = { captchaToken: 'solved' }
    const wrong = await stack.client().auth.signUp({ email, password, options })
    expect(wrong.error?.message).toBe('captcha protection: request disallowed (invalid-input-response)')
    verifier.answerWith(jsonAnswer({ success: true }))
    const client = stack.client()
    expect((await client.auth.signUp({ email, password, options })).error).toBeNull()
    const asked = new URLSearchParams(verifier.calls.at(-1)?.body)
    expect(Object.fromEntries(asked)).toMatchObject({ secret: 'server side', response: 'solved' })
    expect((await client.auth.refreshSession()).error).toBeNull()
    const signIn = await stack.client().auth.signInWithPassword({ email, password })
    expect(signIn.error?.code).toBe('captcha_failed')
  })

  it('let nobody in when the provider fails or says something else', async () => {
    for (const answer of [jsonAnswer({}, 500), jsonAnswer({ success: 'yes' }), { status: 200, body: 'no JSON' }]) {
      verifier.answerWith(answer)
      const email = newEmail()
      const { error } = await stack.client().auth.signUp({ email, password, options: { captchaToken: 'solved' } })
      expect(error).toMatchObject({ status: 500 })
    }
  })
})
