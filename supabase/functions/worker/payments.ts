import { checkOnchainQuoteJob } from '../_shared/billing/check_onchain_quote_job.ts'
import { razorpayProcessors } from '../_shared/billing/razorpay_processors.ts'
import { reconcileRazorpayJob } from '../_shared/billing/reconcile_razorpay_job.ts'
import { chainReader } from '../_shared/providers/payments/chains.ts'
import { razorpayClient } from '../_shared/providers/payments/razorpay_client.ts'
import { readEnv } from '../_shared/runtime/mod.ts'

/** The jobs of payments that Razorpay and chains tell of. */
export const paymentHandlers = [
  checkOnchainQuoteJob((chainId) => chainReader(readEnv(), chainId)),
  reconcileRazorpayJob((signal) => razorpayClient(readEnv(), signal)),
]

/** What is done with the events of Razorpay. */
export const paymentProcessors = razorpayProcessors((signal) => razorpayClient(readEnv(), signal))
