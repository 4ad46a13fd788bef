import type { ApiEnv } from '../_shared/api/mod.ts'
import { type App, AppError, linkNextPage } from '../_shared/http/mod.ts'
import {
  acceptInvitation,
  invitationList,
  invitePeople,
  listInvitations,
  parseInvitationsCsv,
  resendInvitation,
  revokeInvitation,
} from '../_shared/identity/mod.ts'
import { readEnv } from '../_shared/runtime/mod.ts'
import { database } from './database.ts'
import {
  acceptInvitationRoute,
  importInvitationsRoute,
  inviteRoute,
  listInvitationsRoute,
  resendInvitationRoute,
  revokeInvitationRoute,
} from './invitation_routes.ts'

/** Adds the routes of invitations. */
export function addInvitationRoutes(app: App): void {
  const deps = (c: { var: ApiEnv['Variables'] }) => ({ database, caller: c.var.caller })

  app.openapi(inviteRoute, async (c) => {
    const { organization_id } = c.req.valid('param')
    return c.json(await invitePeople(deps(c), organization_id, c.req.valid('json').invitations), 200)
  })

  app.openapi(importInvitationsRoute, async (c) => {
    if (!/^text\/csv\b/i.test(c.req.header('content-type') ?? '')) {
      throw new AppError(415, 'unsupported_media_type', 'Cannot read list: the body is not text/csv')
    }
    const people = parseInvitationsCsv(await c.req.text())
    return c.json(await invitePeople(deps(c), c.req.valid('param').organization_id, people), 200)
  })

  app.openapi(listInvitationsRoute, async (c) => {
    const request = invitationList.read(c.req.valid('query'))
    const page = await listInvitations(deps(c), c.req.valid('param').organization_id, request)
    linkNextPage(c, readEnv(), page)
    return c.json(page, 200)
  })

  app.openapi(revokeInvitationRoute, async (c) => {
    const { organization_id, invitation_id } = c.req.valid('param')
    return c.json(await revokeInvitation(deps(c), organization_id, invitation_id), 200)
  })

  app.openapi(resendInvitationRoute, async (c) => {
    const { organization_id, invitation_id } = c.req.valid('param')
    return c.json(await resendInvitation(deps(c), organization_id, invitation_id), 200)
  })

  app.openapi(acceptInvitationRoute, async (c) =>
    c.json(await acceptInvitation(deps(c), c.req.valid('json').token), 200),
  )
}
