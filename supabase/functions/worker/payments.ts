import { checkOnchainQuoteJob, razorpayProcessors, reconcileRazorpayJob } from '../_shared/billing/mod.ts'
import { chainReader, razorpayClient } from '../_shared/providers/payments/mod.ts'
import { readEnv } from '../_shared/runtime/mod.ts'

/** The jobs of payments that Razorpay and chains tell of. */
export const paymentHandlers = [
  checkOnchainQuoteJob((chainId) => chainReader(readEnv(), chainId)),
  reconcileRazorpayJob((signal) => razorpayClient(readEnv(), signal)),
]

/** What is done with the events of Razorpay. */
export const paymentProcessors = razorpayProcessors((signal) => razorpayClient(readEnv(), signal))
