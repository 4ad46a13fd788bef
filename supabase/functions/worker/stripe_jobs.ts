import { syncStripeJob } from '../_shared/billing/mod.ts'
import type { JobHandler } from '../_shared/platform/mod.ts'
import { listedKinds, stripeListing } from '../_shared/providers/payments/stripe_listing.ts'
import { stripeLookUp } from '../_shared/providers/payments/stripe_objects.ts'
import { readEnv } from '../_shared/runtime/mod.ts'

/** Jobs that ask Stripe what its webhooks may not have told. */
export const stripeJobs: readonly JobHandler[] = [
  syncStripeJob((signal) => ({
    kinds: listedKinds,
    ...stripeLookUp(readEnv(), { signal }),
    ...stripeListing(readEnv(), { signal }),
  })),
]
