import { createEthereum } from '../ethereum/ethereum.ts'
import { createApple } from '../identity/apple.ts'
import { createGithub } from '../identity/github.ts'
import { google } from '../identity/google.ts'
import { linkedin } from '../identity/linkedin.ts'
import { createOidcProvider, createSigningKey } from '../identity/oidc_provider.ts'
import type { People } from '../identity/people.ts'
import { createRazorpay } from '../razorpay/razorpay.ts'
import type { WebhookTarget } from '../razorpay/razorpay_webhooks.ts'
import type { SmsStore } from '../sms/sms_store.ts'
import { hostedPages } from '../stripe/hosted_pages.ts'
import { createStripe, type StripeOptions } from '../stripe/stripe.ts'
import { createClamav } from './clamav.ts'
import type { CreateProvider } from './provider.ts'
import { createSentry } from './sentry.ts'
import { createSlack } from './slack.ts'
import { createTeams } from './teams.ts'
import { createTwilio } from './twilio.ts'
import { createWebhookReceiver } from './webhook_receiver.ts'

/** What providers share with the rest of the sandbox. */
export interface ProviderStores {
  readonly sms: SmsStore
  readonly people: People
  /** Where Razorpay's events go; null for nowhere. */
  readonly razorpayWebhook: WebhookTarget | null
  /** What ties Stripe to a stack; the double's own defaults without. */
  readonly stripe: StripeOptions | undefined
}

/** Every provider of the sandbox, in the order in which the page shows them. A new one is one more line here. */
export function allProviders(stores: ProviderStores): readonly CreateProvider[] {
  const shared = { people: stores.people, key: createSigningKey() }
  return [
    createTwilio(stores.sms),
    createStripe(stores.stripe, hostedPages),
    createRazorpay(stores.razorpayWebhook),
    createEthereum,
    createSlack,
    createTeams,
    createSentry,
    createClamav,
    createOidcProvider(linkedin, shared),
    createOidcProvider(google, shared),
    createGithub(stores.people),
    createOidcProvider(createApple(), shared),
    createWebhookReceiver,
  ]
}
