import { join } from 'node:path'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { edgeRuntimeSection } from '../../local/functions/config.ts'
import { findFunctions } from '../../local/functions/function_catalog.ts'
import type { App } from '../../supabase/functions/_shared/http/mod.ts'

/** Routes whose body no schema reads at the door, each with the reason. */
const rawBodies: Readonly<Record<string, string>> = {
  'post /auth-hooks/send-email': 'the signature is over the raw body; a schema reads it after the check',
  'post /webhooks/standard': 'the signature is over the raw body; a schema reads it after the check',
  'post /webhooks/stripe': 'the signature is over the raw body; a schema reads it after the check',
  'post /webhooks/razorpay': 'the signature is over the raw body; a schema reads it after the check',
  'post /api/v1/admin/people/{id}/approve': 'reads no body',
  'post /api/v1/admin/people/{id}/unban': 'reads no body',
  'post /api/v1/billing/invoices/{invoice_id}/download': 'reads no body',
  'post /api/v1/billing/invoices/{invoice_id}/issue': 'reads no body',
  'post /api/v1/exports/{export_id}/cancel': 'reads no body',
  'post /api/v1/exports/{export_id}/link': 'reads no body',
  'post /files/{file_id}/link': 'reads no body',
  'post /worker': 'reads no body',
  'post /api/v1/document-template-versions/{version_id}/publish': 'reads no body',
  'post /api/v1/imports/{import_id}/{action}': 'reads no body',
  'post /api/v1/organizations/{organization_id}/invitations/{invitation_id}/resend': 'reads no body',
}

const routeSchema = z.object({
  method: z.string(),
  path: z.string(),
  request: z
    .object({
      params: z.custom<z.ZodType>().optional(),
      query: z.custom<z.ZodType>().optional(),
      body: z.object({ required: z.boolean().optional(), content: z.record(z.string(), z.unknown()) }).optional(),
    })
    .optional(),
})

async function routes() {
  const functions = findFunctions(join(import.meta.dirname, '..', '..', 'supabase', 'functions'), {
    functions: {},
    edge_runtime: edgeRuntimeSection.parse({}),
  })
  const found: { name: string; route: z.infer<typeof routeSchema>; registered: string[] }[] = []
  for (const [name, { entrypoint }] of functions) {
    const { app }: { app: App } = await import(entrypoint)
    const registered = app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path}`)
    for (const definition of app.openAPIRegistry.definitions) {
      if (definition.type !== 'route') continue
      found.push({ name, route: routeSchema.parse(definition.route), registered: [...new Set(registered)] })
    }
  }
  return found
}

it('[SEC-11] reads every parameter of a path and every body through a schema, before the handler runs', async () => {
  const problems: string[] = []
  for (const { name, route } of await routes()) {
    const title = `${route.method} ${route.path.startsWith(`/${name}`) ? route.path : `/${name}${route.path}`}`.replace(
      /\/$/,
      '',
    )
    if (/\{\w+\}/.test(route.path) && !route.request?.params) problems.push(`${title} has no schema for its path`)
    const takesBody = ['post', 'put', 'patch'].includes(route.method)
    const { body } = route.request ?? {}
    if (takesBody && !body && !(title in rawBodies)) problems.push(`${title} has no schema for its body`)
    // Without it a body of another content type would pass unread.
    if (body && body.required !== true) problems.push(`${title} does not say that its body is required`)
  }
  expect(problems).toEqual([])
})

it('[SEC-11] has no route beside those that are described', async () => {
  const described = new Map<string, Set<string>>()
  const registered = new Map<string, string[]>()
  for (const { name, route, registered: all } of await routes()) {
    const path = route.path.startsWith(`/${name}`) ? route.path : `/${name}${route.path}`
    const set = described.get(name) ?? new Set()
    set.add(`${route.method.toUpperCase()} ${path.replace(/\/$/, '').replace(/\{(\w+)\}/g, ':$1')}`)
    described.set(name, set)
    registered.set(name, all)
  }
  const extra = [...registered].flatMap(([name, all]) =>
    all.filter((route) => !described.get(name)?.has(route.replace(/\/$/, ''))),
  )
  expect(extra).toEqual([])
})

it('[SEC-11] refuses parameters of a query that it does not know', async () => {
  for (const { route } of await routes()) {
    const query = route.request?.query
    if (query instanceof z.ZodObject)
      expect(query.safeParse({ 'not-a-parameter': 'x' }).success, route.path).toBe(false)
  }
})
