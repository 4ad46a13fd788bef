import {
  adminApprovePerson,
  adminBanPerson,
  adminGetPerson,
  adminListOrganizations,
  adminListPeople,
  adminSetMembership,
  adminUnbanPerson,
} from '../_shared/api/mod.ts'
import type { App } from '../_shared/http/mod.ts'
import {
  adminApproveRoute,
  adminBanRoute,
  adminMembershipRoute,
  adminOrganizationsRoute,
  adminPeopleRoute,
  adminPersonRoute,
  adminUnbanRoute,
} from './admin_routes.ts'
import { database } from './database.ts'

const deps = { database }

/** Adds the routes under `/v1/admin`. */
export function addAdminRoutes(app: App): void {
  app.openapi(adminPeopleRoute, async (c) =>
    c.json(await adminListPeople(deps, c.var.caller, c.req.valid('query')), 200),
  )
  app.openapi(adminPersonRoute, async (c) =>
    c.json(await adminGetPerson(deps, c.var.caller, c.req.valid('param').id), 200),
  )
  app.openapi(adminApproveRoute, async (c) =>
    c.json(await adminApprovePerson(deps, c.var.caller, c.req.valid('param').id), 200),
  )
  app.openapi(adminBanRoute, async (c) =>
    c.json(await adminBanPerson(deps, c.var.caller, c.req.valid('param').id, c.req.valid('json')), 200),
  )
  app.openapi(adminUnbanRoute, async (c) =>
    c.json(await adminUnbanPerson(deps, c.var.caller, c.req.valid('param').id), 200),
  )
  app.openapi(adminOrganizationsRoute, async (c) =>
    c.json(await adminListOrganizations(deps, c.var.caller, c.req.valid('query')), 200),
  )
  app.openapi(adminMembershipRoute, async (c) =>
    c.json(await adminSetMembership(deps, c.var.caller, c.req.valid('param'), c.req.valid('json')), 200),
  )
}
