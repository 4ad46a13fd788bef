import { text } from './parameters.ts'

/** An address that a browser may be sent to; `{CHECKOUT_SESSION_ID}` may stand in it. */
export function webAddress() {
  return text().superRefine((value, context) => {
    const url = URL.parse(value.replaceAll('{CHECKOUT_SESSION_ID}', 'cs'))
    if (url && /^https?:$/.test(url.protocol)) return
    context.addIssue({ code: 'custom', message: 'Not a valid URL', params: { stripe: 'url_invalid' } })
  })
}
