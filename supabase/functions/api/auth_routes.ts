import { createRoute, z } from '@hono/zod-openapi'
import { apiCaller } from '../_shared/api/mod.ts'
import { type AppContext, errorAnswers, rateLimit } from '../_shared/http/mod.ts'
import {
  changePasswordSchema,
  loginSchema,
  logoutSchema,
  refreshSchema,
  registerSchema,
  sessionSchema,
} from '../_shared/identity/mod.ts'
import { accountSubject, auditRequest } from '../_shared/platform/mod.ts'
import { limits } from './database.ts'
import { limited, tooMany } from './middleware.ts'

const tags = ['REST API v1: sign-in']
const unavailable = 'Sign-in cannot be reached, or attempts cannot be counted'
const json = <Schema extends z.ZodType>(body: Schema) => ({
  body: { required: true, content: { 'application/json': { schema: body } } },
})

/** Counts calls by address, and by the account that the body names where it names one. */
const limitedByAccount = (endpoint: string) =>
  rateLimit({
    endpoint,
    limits: () => limits,
    caller: async (c: AppContext) => {
      // Read through Hono, which keeps it for the route; what is no such body is refused by its schema.
      const body: unknown = await c.req.json().catch(() => null)
      const email = z.object({ email: z.string().max(1000) }).safeParse(body).data?.email
      return {
        address: auditRequest(c.req.raw).ipAddress,
        account: email === undefined ? null : await accountSubject(email),
      }
    },
  })

/** People alone: a program has no session and no password. */
const signedIn = apiCaller(null)
const session = { 200: { description: 'Signed in', content: { 'application/json': { schema: sessionSchema } } } }

/** POST /api/v1/auth/register */
export const registerRoute = createRoute({
  method: 'post',
  path: '/v1/auth/register',
  tags,
  summary: 'Register with e-mail and password',
  description:
    'Sends a mail with a link that confirms the address. The answer is the same whether or not the address is known.',
  security: [],
  middleware: [limitedByAccount('auth.register')] as const,
  request: json(registerSchema),
  responses: {
    202: {
      description: 'If the address can be registered, a mail is on its way',
      content: { 'application/json': { schema: z.object({ status: z.literal('confirmation_sent') }) } },
    },
    ...errorAnswers({
      400: 'A field is missing or wrong, or the captcha was not solved',
      403: 'Nobody can register at the moment',
      422: 'The password is too weak, or no account can be made for the address',
      429: tooMany,
      503: unavailable,
    }),
  },
})

/** POST /api/v1/auth/login */
export const loginRoute = createRoute({
  method: 'post',
  path: '/v1/auth/login',
  tags,
  summary: 'Sign in with e-mail and password',
  description:
    'After five wrong passwords an account is locked for a minute, then for two, four and so on up to 15, wherever the ' +
    'attempts came from.',
  security: [],
  middleware: [limitedByAccount('auth.sign_in')] as const,
  request: json(loginSchema),
  responses: {
    ...session,
    ...errorAnswers({
      400: 'A field is missing or wrong, or the captcha was not solved',
      401: 'Address or password is wrong',
      403: 'The address is not confirmed',
      429: tooMany,
      503: unavailable,
    }),
  },
})

/** POST /api/v1/auth/refresh */
export const refreshRoute = createRoute({
  method: 'post',
  path: '/v1/auth/refresh',
  tags,
  summary: 'Get the next access token',
  security: [],
  middleware: [limitedByAccount('auth.refresh')] as const,
  request: json(refreshSchema),
  responses: {
    ...session,
    ...errorAnswers({ 400: 'A field is missing', 401: 'The session has ended', 429: tooMany, 503: unavailable }),
  },
})

/** POST /api/v1/auth/logout */
export const logoutRoute = createRoute({
  method: 'post',
  path: '/v1/auth/logout',
  tags,
  summary: 'End this session, the others, or all',
  security: [{ user: [] }],
  middleware: [signedIn] as const,
  request: json(logoutSchema),
  responses: {
    204: { description: 'Ended' },
    ...errorAnswers({ 400: 'A field is wrong', 401: 'No valid session', 503: unavailable }),
  },
})

/** POST /api/v1/auth/change-password */
export const changePasswordRoute = createRoute({
  method: 'post',
  path: '/v1/auth/change-password',
  tags,
  summary: 'Change the own password',
  description: 'Needs the present password. All other sessions of the person end; this one stays.',
  security: [{ user: [] }],
  middleware: [signedIn, limited('auth.change_password')] as const,
  request: json(changePasswordSchema),
  responses: {
    204: { description: 'Changed' },
    ...errorAnswers({
      400: 'A field is missing or wrong',
      401: 'No valid session',
      403: 'The present password is wrong, the second factor is missing, or it is no person who asks',
      409: 'A platform admin sees the product as this person just now',
      422: 'The new password is too weak, or the present one',
      429: tooMany,
      503: unavailable,
    }),
  },
})
