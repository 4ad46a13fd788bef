import { noSuch } from '../errors.ts'
import { type Endpoint, endpoint, listing, none, retrieving } from '../http/endpoint.ts'
import { listShape, pageOf } from '../http/lists.ts'
import { choice, hash, text } from '../parameters.ts'
import { expireSession } from './complete_session.ts'
import { createSession } from './create_session.ts'
import { visitsOf } from './session_objects.ts'
import { sessionCreateParameters } from './session_parameters.ts'

const path = '/checkout/sessions'
const filters = {
  customer: text().optional(),
  payment_intent: text().optional(),
  status: choice('complete', 'expired', 'open').optional(),
  subscription: text().optional(),
}

/** Checkout sessions. */
export const checkoutEndpoints: readonly Endpoint[] = [
  endpoint('post', path, sessionCreateParameters, ({ core }, given) => createSession(core, given)),
  listing(path, 'checkout.session', filters, (one, given) =>
    (['customer', 'payment_intent', 'status', 'subscription'] as const).every(
      (field) => given[field] === undefined || one[field] === given[field],
    ),
  ),
  retrieving(path, 'checkout.session'),
  endpoint('post', `${path}/:id/expire`, none, ({ core }, _, id) =>
    expireSession(core, core.store.get('checkout.session', id)),
  ),
  endpoint('get', `${path}/:id/line_items`, hash(listShape), ({ core }, page, id) => {
    const visit = visitsOf(core).get(id)
    if (!visit) throw noSuch('checkout.session', id)
    return pageOf(visit.lines.toReversed(), page, { url: `/v1${path}/${id}/line_items`, kind: 'item' })
  }),
]
