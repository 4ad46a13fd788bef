export { type CancelRemovedDeps, cancelRemovedJob } from './cancel_removed_job.ts'
export { type CancelDeps, cancelUnpaidJob } from './cancel_unpaid_job.ts'
export { checkOnchainQuoteJob } from './check_onchain_quote_job.ts'
export {
  creditBalanceSchema,
  creditPacksQuerySchema,
  creditPacksSchema,
  creditPurchaseList,
  creditPurchaseSchema,
  creditStatementQuerySchema,
  creditStatementSchema,
  listCreditPacks,
  listCreditPurchases,
  readCreditBalance,
  readCreditStatement,
} from './credits.ts'
export { type MirrorDeps, type Mirrored, mirrorStripe, type StripeObjects } from './mirror_stripe.ts'
export type { CatalogueStep } from './plan_catalogue_sync.ts'
export { planCatalogueSync } from './plan_catalogue_sync.ts'
export { razorpayProcessors } from './razorpay_processors.ts'
export { razorpayWebhooks } from './razorpay_webhooks.ts'
export { reconcileRazorpayJob } from './reconcile_razorpay_job.ts'
export { refundPaymentJob, refundPaymentJobWith } from './refund_payment_job.ts'
export { stripeEventTypes, stripeProcessors } from './stripe_processors.ts'
export { type StripeSource, syncStripeJob } from './stripe_sync_job.ts'
export { receivedStripeEvent, stripeWebhooks } from './stripe_webhooks.ts'
export { syncCatalogue } from './sync_catalogue.ts'
export { syncCatalogueJob } from './sync_catalogue_job.ts'
export { readUsage, usageQuerySchema, usageSchema } from './usage.ts'
