import type { z } from 'zod'
import type { Core } from './core.ts'
import { refused } from './errors.ts'
import type { TestClock } from './objects.ts'
import { hash, integer, text } from './parameters.ts'
import type { Deleted } from './store.ts'

/** `POST /v1/test_helpers/test_clocks` */
export const testClockCreateParameters = hash({ frozen_time: integer({ least: 0 }), name: text(300).optional() })
/** `POST /v1/test_helpers/test_clocks/:id/advance` */
export const testClockAdvanceParameters = hash({ frozen_time: integer({ least: 0 }) })

/** Makes a clock that customers can live by. */
export function createTestClock(core: Core, given: z.output<typeof testClockCreateParameters>): TestClock {
  const id = core.id('clock')
  core.addTimeline(id, given.frozen_time)
  const clock: TestClock = {
    id,
    object: 'test_helpers.test_clock',
    created: core.now(),
    deletes_after: core.now() + 30 * 86_400,
    frozen_time: given.frozen_time,
    livemode: false,
    name: given.name ?? null,
    status: 'ready',
    status_details: {},
  }
  return core.add('test_helpers.test_clock', clock, 'test_helpers.test_clock.created')
}

/** Moves a clock; what is due happens before this returns. @throws {StripeError} when it would go back */
export function advanceTestClock(core: Core, id: string, frozenTime: number): TestClock {
  const clock = core.store.get('test_helpers.test_clock', id)
  if (frozenTime <= clock.frozen_time) {
    throw refused('frozen_time must be later than the current frozen time of the clock.', { param: 'frozen_time' })
  }
  core.emit('test_helpers.test_clock.advancing', { ...clock, status: 'advancing' })
  core.timeline(id).advanceTo(frozenTime)
  core.change(clock, { frozen_time: frozenTime })
  core.emit('test_helpers.test_clock.ready', clock)
  return clock
}

/** Deletes a clock with the customers that live by it. @throws {StripeError} */
export function deleteTestClock(core: Core, id: string, deleteCustomer: (id: string) => void): Deleted {
  const clock = core.store.get('test_helpers.test_clock', id)
  for (const customer of core.store.all('customer')) if (customer.test_clock === id) deleteCustomer(customer.id)
  core.emit('test_helpers.test_clock.deleted', clock)
  return core.store.remove('test_helpers.test_clock', id)
}
