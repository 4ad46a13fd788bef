import { type Endpoint, endpoint, listing, retrieving } from '../http/endpoint.ts'
import { flag } from '../parameters.ts'
import {
  configurationCreateParameters,
  configurationUpdateParameters,
  createConfiguration,
  updateConfiguration,
} from './configurations.ts'
import { createPortalSession, portalSessionCreateParameters } from './sessions.ts'

const path = '/billing_portal/configurations'
const kind = 'billing_portal.configuration'

/** Sessions of the portal and its configurations. */
export const portalEndpoints: readonly Endpoint[] = [
  endpoint('post', '/billing_portal/sessions', portalSessionCreateParameters, ({ core }, given) =>
    createPortalSession(core, given),
  ),
  endpoint('post', path, configurationCreateParameters, ({ core }, given) => createConfiguration(core, given)),
  listing(
    path,
    kind,
    { active: flag().optional(), is_default: flag().optional() },
    (one, given) =>
      (given.active === undefined || one.active === given.active) &&
      (given.is_default === undefined || one.is_default === given.is_default),
  ),
  retrieving(path, kind),
  endpoint('post', `${path}/:id`, configurationUpdateParameters, ({ core }, given, id) =>
    updateConfiguration(core, id, given),
  ),
]
