import { setTimeout as delay } from 'node:timers/promises'
import { type ApiCaller, bearerToken } from '../_shared/api/mod.ts'
import { type App, AppError } from '../_shared/http/mod.ts'
import {
  type AuthSession,
  changePassword,
  fromAuth,
  httpAuthService,
  type LogInDeps,
  logIn,
  register,
  rpcSignInAttempts,
} from '../_shared/identity/mod.ts'
import { auditRequest } from '../_shared/platform/mod.ts'
import { readEnv, systemClock } from '../_shared/runtime/mod.ts'
import { changePasswordRoute, loginRoute, logoutRoute, refreshRoute, registerRoute } from './auth_routes.ts'
import { database } from './database.ts'

/** Adds the routes under `/v1/auth`. */
export function addAuthRoutes(app: App): void {
  app.openapi(registerRoute, async (c) =>
    c.json(await register(depsOf(c.req.raw, c.var.signal), c.req.valid('json')), 202),
  )

  app.openapi(loginRoute, async (c) => {
    const { email, password, captcha_token } = c.req.valid('json')
    return c.json(
      shown(await logIn(depsOf(c.req.raw, c.var.signal), { email, password, captchaToken: captcha_token })),
      200,
    )
  })

  app.openapi(refreshRoute, async (c) => {
    const session = await depsOf(c.req.raw, c.var.signal).auth.refresh(c.req.valid('json').refresh_token).catch(refuse)
    return c.json(shown(session), 200)
  })

  app.openapi(logoutRoute, async (c) => {
    await depsOf(c.req.raw, c.var.signal).auth.signOut(bearerToken(c.req.raw), c.req.valid('json').scope).catch(refuse)
    return c.body(null, 204)
  })

  app.openapi(changePasswordRoute, async (c) => {
    await requireActingPerson(c.var.caller)
    const { current_password, new_password, captcha_token } = c.req.valid('json')
    await changePassword(
      { ...depsOf(c.req.raw, c.var.signal), audit: database },
      {
        accessToken: bearerToken(c.req.raw),
        current: current_password,
        next: new_password,
        captchaToken: captcha_token,
      },
      auditRequest(c.req.raw, c.var.requestId),
    )
    return c.body(null, 204)
  })
}

function depsOf(request: Request, signal: AbortSignal): LogInDeps {
  const { ipAddress, userAgent } = auditRequest(request)
  return {
    auth: httpAuthService(readEnv(), { ipAddress, userAgent, signal }),
    attempts: rpcSignInAttempts(database),
    timing: { clock: systemClock, wait: (milliseconds) => delay(milliseconds) },
  }
}

/** Admins who see the product as somebody else change no password. */
async function requireActingPerson(caller: ApiCaller): Promise<void> {
  const [row] = await database.asCaller(caller.claims, (sql) => sql`select private.acting_person_id() as id`, {
    isReadOnly: true,
  })
  if (!row?.id) throw new AppError(403, 'person_required', 'Only a signed-in person who is not banned may do this')
}

function refuse(error: unknown): never {
  throw fromAuth(error)
}

function shown({ user, ...session }: AuthSession) {
  return {
    ...session,
    user: { id: user.id, email: user.email || null },
    has_second_factor: (user.factors ?? []).some(({ status }) => status === 'verified'),
  }
}
