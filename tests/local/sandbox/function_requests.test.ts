import { afterAll, beforeAll, expect, it } from 'vitest'
import { sandboxClient } from '../../../local/sandbox/client.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

let stack: TestStack
beforeAll(async () => {
  stack = await testStack()
})
afterAll(() => stack[Symbol.asyncDispose]())

it('shows in the sandbox what functions of the stack were asked, without query', async () => {
  const response = await fetch(`${stack.apiUrl}/functions/v1/health?token=secret`)
  await response.text()
  const sandbox = sandboxClient(stack.sandboxUrl)

  await expect
    .poll(() => sandbox.listRecordings(), { timeout: 25_000 })
    .toMatchObject([
      {
        function: 'health',
        method: 'GET',
        path: '/health',
        status: response.status,
        durationMs: expect.any(Number),
        requestId: expect.any(String),
      },
    ])
})
