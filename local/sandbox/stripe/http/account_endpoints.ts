import { noSuch } from '../errors.ts'
import { flag, hash, list, text } from '../parameters.ts'
import { testClockAdvanceParameters, testClockCreateParameters } from '../test_clocks.ts'
import { webhookEndpointCreateParameters, webhookEndpointUpdateParameters } from '../webhook_endpoints.ts'
import { type Endpoint, endpoint, listing, none, retrieving } from './endpoint.ts'
import { listShape, pageOf } from './lists.ts'

const eventList = hash({
  ...listShape,
  delivery_success: flag().optional(),
  type: text().optional(),
  types: list(text()).optional(),
})

/** Events, clocks, and the account itself. */
export const accountEndpoints: readonly Endpoint[] = [
  endpoint('get', '/account', none, () => ({
    id: 'acct_1SandboxAtrium0001',
    object: 'account',
    business_profile: { name: 'Atrium' },
    charges_enabled: true,
    country: 'US',
    default_currency: 'usd',
    details_submitted: true,
    email: 'billing@atrium.test',
    payouts_enabled: true,
    type: 'standard',
  })),
  endpoint('get', '/events', eventList, ({ events }, given) => {
    const { type, types, delivery_success: _, ...page } = given
    const wanted = events.filter(
      (event) =>
        (type === undefined || isOfType(event.type, type)) && (types === undefined || types.includes(event.type)),
    )
    return pageOf(wanted, page, { url: '/v1/events', kind: 'event' })
  }),
  endpoint('get', '/events/:id', none, ({ events }, _, id) => {
    const event = events.find((one) => one.id === id)
    if (!event) throw noSuch('event', id)
    return event
  }),
  endpoint('post', '/test_helpers/test_clocks', testClockCreateParameters, (world, given) =>
    world.testClocks.create(given),
  ),
  listing('/test_helpers/test_clocks', 'test_helpers.test_clock', {}, () => true),
  retrieving('/test_helpers/test_clocks', 'test_helpers.test_clock'),
  endpoint('post', '/test_helpers/test_clocks/:id/advance', testClockAdvanceParameters, (world, given, id) =>
    world.testClocks.advance(id, given.frozen_time),
  ),
  endpoint('delete', '/test_helpers/test_clocks/:id', none, (world, _, id) => world.testClocks.delete(id)),
  endpoint('post', '/webhook_endpoints', webhookEndpointCreateParameters, (world, given) =>
    world.webhookEndpoints.create(given),
  ),
  listing('/webhook_endpoints', 'webhook_endpoint', {}, () => true),
  retrieving('/webhook_endpoints', 'webhook_endpoint'),
  endpoint('post', '/webhook_endpoints/:id', webhookEndpointUpdateParameters, (world, given, id) =>
    world.webhookEndpoints.update(id, given),
  ),
  endpoint('delete', '/webhook_endpoints/:id', none, ({ core }, _, id) => {
    core.store.get('webhook_endpoint', id)
    return core.store.remove('webhook_endpoint', id)
  }),
]

/** `invoice.*` stands for all of them. */
function isOfType(type: string, wanted: string): boolean {
  return wanted.endsWith('*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted
}
