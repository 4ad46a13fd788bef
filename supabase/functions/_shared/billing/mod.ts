export { type CancelDeps, cancelUnpaidJob } from './cancel_unpaid_job.ts'
export { type MirrorDeps, type Mirrored, mirrorStripe, type StripeObjects } from './mirror_stripe.ts'
export { stripeEventTypes, stripeProcessors } from './stripe_processors.ts'
export { receivedStripeEvent, stripeWebhooks } from './stripe_webhooks.ts'
