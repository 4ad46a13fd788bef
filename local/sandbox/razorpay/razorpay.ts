import { Hono } from 'hono'
import type { CreateProvider } from '../providers/provider.ts'
import { razorpayActions } from './razorpay_actions.ts'
import { apiRoutes } from './razorpay_api.ts'
import { createBank } from './razorpay_bank.ts'
import { RazorpayError } from './razorpay_error.ts'
import { pageRoutes } from './razorpay_pages.ts'
import { createStore } from './razorpay_store.ts'
import { createWebhooks, type WebhookTarget } from './razorpay_webhooks.ts'

/**
 * Razorpay: orders, payments, refunds, payment links, disputes, pages to pay on and signed events.
 *
 * @param target where events go unless a button says otherwise; null for nowhere
 */
export const createRazorpay =
  (target: WebhookTarget | null): CreateProvider =>
  (context) => {
    const store = createStore()
    const webhooks = createWebhooks(context, target)
    const bank = createBank(store, webhooks)
    const routes = new Hono()
    routes.onError((error) => {
      if (error instanceof RazorpayError) return error.toResponse()
      throw error
    })
    routes.route('/pages', pageRoutes(store, bank))
    routes.route('/v1', apiRoutes(store, bank))
    return {
      name: 'razorpay',
      title: 'Razorpay',
      description:
        'Orders, payments, refunds and payment links. Any rzp_test_ key will do; its secret is that of its first call. ' +
        'Pay at /razorpay/pages/checkout/<order id>.',
      path: '/razorpay',
      routes,
      actions: razorpayActions(store, bank, webhooks),
      fail: (status) => new RazorpayError(status, failureText(status), failureCode(status)).toResponse(),
      reset() {
        store.clear()
        webhooks.clear()
      },
    }
  }

function failureText(status: number): string {
  if (status === 429) return 'Too many requests'
  if (status === 401) return 'Authentication failed'
  return 'We are facing some trouble completing your request at the moment. Please try again shortly.'
}

function failureCode(status: number): { code: string; reason: string } {
  if (status < 500) return { code: 'BAD_REQUEST_ERROR', reason: 'NA' }
  return status === 502 || status === 504
    ? { code: 'GATEWAY_ERROR', reason: 'gateway_technical_error' }
    : { code: 'SERVER_ERROR', reason: 'server_error' }
}
