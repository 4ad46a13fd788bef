import { z } from 'zod'
import { defineJob } from '../platform/mod.ts'
import { createStripeCatalogue } from '../providers/payments/stripe_catalogue.ts'
import { readEnv } from '../runtime/mod.ts'
import { syncCatalogue } from './sync_catalogue.ts'

/** Gives Stripe the catalogue after it changed, at the start of the local stack, and daily; nothing without a key. */
export const syncCatalogueJob = defineJob(
  'billing.sync_catalogue',
  z.object({ reason: z.string().optional() }),
  async ({ db, signal, logger }) => {
    const env = readEnv()
    if (!env.STRIPE_SECRET_KEY) return { result: { is_configured: false } }
    const steps = await syncCatalogue({ db, provider: createStripeCatalogue(env, signal) })
    logger.info('catalogue synced', { provider: 'stripe', step_count: steps.length })
    return { result: { is_configured: true, step_count: steps.length } }
  },
)
