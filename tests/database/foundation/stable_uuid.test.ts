import { expect, it } from 'vitest'
import { z } from 'zod'
import { withRollback } from '../../support/database.ts'

it('ids of built-in rows are UUIDs that strict readers take, and the same in every database', () =>
  withRollback(async (db) => {
    const { first, again, other } = await db.row<{ first: string; again: string; other: string }>(
      `select private.stable_uuid('a') as first, private.stable_uuid('a') as again, private.stable_uuid('b') as other`,
    )
    expect(first).toBe('0cc175b9-c0f1-86a8-a1c3-99e269772661')
    expect(again).toBe(first)
    expect(other).not.toBe(first)
    const builtIn = await db.rows<{ id: string }>(
      `select id from public.billing_plans union all select id from public.billing_prices
       union all select id from public.billing_tax_rates union all select id from public.document_templates
       union all select id from public.document_template_versions`,
    )
    expect(builtIn.length).toBeGreaterThan(20)
    for (const { id } of builtIn) expect(z.uuid().safeParse(id).success, id).toBe(true)
  }))
