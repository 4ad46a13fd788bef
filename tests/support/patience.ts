import { vi } from 'vitest'

// A condition waited for is met at once or never; how long "never" takes must not depend on what else the machine does.
// vitest's own second is too short on two busy cores. expect.poll gets the same from vitest.config.ts.
const patienceMs = 25_000
const { waitFor } = vi

vi.waitFor = (callback, options) =>
  waitFor(callback, typeof options === 'number' ? options : { timeout: patienceMs, ...options })
