import { syncStripeJob } from '../_shared/billing/mod.ts'
import type { JobHandler } from '../_shared/platform/mod.ts'
import { listedKinds, stripeListing, stripeLookUp } from '../_shared/providers/payments/mod.ts'
import { readEnv } from '../_shared/runtime/mod.ts'

/** Jobs that ask Stripe what its webhooks may not have told. */
export const stripeJobs: readonly JobHandler[] = [
  syncStripeJob((signal) => ({
    kinds: listedKinds,
    ...stripeLookUp(readEnv(), { signal }),
    ...stripeListing(readEnv(), { signal }),
  })),
]
