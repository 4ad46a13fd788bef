import {
  addMember,
  changeMemberRole,
  changeOrganization,
  changeOwnProfile,
  createOrganization,
  listMembers,
  memberList,
  readOrganization,
  readOwnProfile,
  removeMember,
} from '../_shared/api/mod.ts'
import { type App, linkNextPage, versionTag, wantedVersion } from '../_shared/http/mod.ts'
import { readEnv } from '../_shared/runtime/mod.ts'
import { database } from './database.ts'
import {
  addMemberRoute,
  changeMemberRoute,
  changeOrganizationRoute,
  changeOwnProfileRoute,
  createOrganizationRoute,
  membersRoute,
  organizationRoute,
  ownProfileRoute,
  removeMemberRoute,
} from './organization_routes.ts'

const deps = { database }

/** Adds the routes under `/v1/users` and `/v1/organizations`, the list of organizations apart. */
export function addOrganizationRoutes(app: App): void {
  app.openapi(ownProfileRoute, async (c) => {
    const profile = await readOwnProfile(deps, c.var.caller)
    c.header('etag', versionTag(profile.updated_at))
    return c.json(profile, 200)
  })

  app.openapi(changeOwnProfileRoute, async (c) => {
    const version = wantedVersion(c.req.header('if-match'))
    const profile = await changeOwnProfile(deps, c.var.caller, c.req.valid('json'), version)
    c.header('etag', versionTag(profile.updated_at))
    return c.json(profile, 200)
  })

  app.openapi(createOrganizationRoute, async (c) =>
    c.json(await createOrganization(deps, c.var.caller, c.req.valid('json')), 201),
  )

  app.openapi(organizationRoute, async (c) => {
    const organization = await readOrganization(deps, c.var.caller, c.req.valid('param').organization_id)
    c.header('etag', versionTag(organization.updated_at))
    return c.json(organization, 200)
  })

  app.openapi(changeOrganizationRoute, async (c) => {
    const { organization_id } = c.req.valid('param')
    const version = wantedVersion(c.req.header('if-match'))
    const organization = await changeOrganization(deps, c.var.caller, organization_id, c.req.valid('json'), version)
    c.header('etag', versionTag(organization.updated_at))
    return c.json(organization, 200)
  })

  app.openapi(membersRoute, async (c) => {
    const { organization_id } = c.req.valid('param')
    const page = await listMembers(deps, c.var.caller, organization_id, memberList.read(c.req.valid('query')))
    linkNextPage(c, readEnv(), page)
    return c.json(page, 200)
  })

  app.openapi(addMemberRoute, async (c) => {
    const { organization_id } = c.req.valid('param')
    return c.json(await addMember(deps, c.var.caller, organization_id, c.req.valid('json')), 201)
  })

  app.openapi(changeMemberRoute, async (c) => {
    const { organization_id, membership_id } = c.req.valid('param')
    return c.json(
      await changeMemberRole(deps, c.var.caller, { organization_id, membership_id }, c.req.valid('json')),
      200,
    )
  })

  app.openapi(removeMemberRoute, async (c) => {
    await removeMember(deps, c.var.caller, c.req.valid('param'))
    return c.body(null, 204)
  })
}
