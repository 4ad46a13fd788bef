import { createHmac } from 'node:crypto'

/** `X-Twilio-Signature`: HMAC-SHA1 over the URL and each field's name and value, sorted by name. */
export function signTwilioForm(authToken: string, url: string, form: URLSearchParams): string {
  const names = [...new Set(form.keys())].sort()
  const text = names
    .map((name) =>
      [...new Set(form.getAll(name))]
        .sort()
        .map((value) => name + value)
        .join(''),
    )
    .join('')
  return createHmac('sha1', authToken)
    .update(url + text)
    .digest('base64')
}
