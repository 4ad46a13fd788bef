/** An answer of the sandbox that is not a success, in words for the reader. */
export class ApiError extends Error {
  constructor(status, body) {
    super(body?.message ?? `The sandbox answered ${status}`)
    this.status = status
    this.hint = body?.hint ?? null
  }
}

async function request(path, options) {
  const response = await fetch(path, options)
  if (!response.ok) throw new ApiError(response.status, await response.json().catch(() => null))
  return response
}

/** Where the stack sends its mail to. */
export async function loadStatus() {
  return (await request('/api/status')).json()
}

/** One page of mails, newest first. */
export async function loadMails({ search, before }) {
  const query = new URLSearchParams({ limit: '50' })
  if (search) query.set('search', search)
  if (before) query.set('before', before)
  return (await request(`/api/mails?${query}`)).json()
}

/** One mail with links, codes and attachments. */
export async function loadMail(id) {
  return (await request(`/api/mails/${encodeURIComponent(id)}`)).json()
}

/** The message as it came. */
export async function loadSource(id) {
  return (await request(`/api/mails/${encodeURIComponent(id)}/source`)).text()
}

export async function deleteMail(id) {
  await request(`/api/mails/${encodeURIComponent(id)}`, { method: 'DELETE' })
}

export async function clearMails() {
  await request('/api/mails', { method: 'DELETE' })
}

/** One page of text messages, newest first. */
export async function loadSms({ search, before }) {
  const query = new URLSearchParams({ limit: '50' })
  if (search) query.set('search', search)
  if (before) query.set('before', before)
  return (await request(`/api/sms?${query}`)).json()
}

export async function deleteSms(id) {
  await request(`/api/sms/${encodeURIComponent(id)}`, { method: 'DELETE' })
}

export async function clearSms() {
  await request('/api/sms', { method: 'DELETE' })
}

/** The providers with their dials and buttons. */
export async function loadProviders() {
  return (await (await request('/api/providers')).json()).providers
}

/** What a provider was asked, and the webhooks that it sent; newest first. */
export async function loadTraffic(name) {
  const [calls, webhooks] = await Promise.all([
    request(`/api/providers/${encodeURIComponent(name)}/calls`),
    request(`/api/webhooks?provider=${encodeURIComponent(name)}`),
  ])
  return { calls: (await calls.json()).calls, webhooks: (await webhooks.json()).webhooks }
}

export async function clearCalls(name) {
  await request(`/api/providers/${encodeURIComponent(name)}/calls`, { method: 'DELETE' })
}

export async function setDials(name, dials) {
  return sendJson('PUT', `/api/providers/${encodeURIComponent(name)}/dials`, dials)
}

export async function resetProvider(name) {
  await request(`/api/providers/${encodeURIComponent(name)}/reset`, { method: 'POST' })
}

/** Presses a button of a provider; answers the sentence that says what was done. */
export async function runAction(name, action, values) {
  const path = `/api/providers/${encodeURIComponent(name)}/actions/${encodeURIComponent(action)}`
  return (await sendJson('POST', path, values)).message
}

export async function resendWebhook(id) {
  await request(`/api/webhooks/${encodeURIComponent(id)}/resend`, { method: 'POST' })
}

/** The requests that functions answered, newest first. */
export async function loadRecordings() {
  return (await (await request('/api/recordings')).json()).recordings
}

export async function clearRecordings() {
  await request('/api/recordings', { method: 'DELETE' })
}

/** Jobs, webhook events and alerts of the stack's database. */
export async function loadPlatform() {
  return (await request('/api/platform')).json()
}

async function sendJson(method, path, body) {
  const headers = { 'content-type': 'application/json' }
  return (await request(path, { method, headers, body: JSON.stringify(body) })).json()
}

/**
 * Listens to what happens in the sandbox.
 *
 * @param {Record<string, (data: unknown) => void>} handlers by event name; `ready` is called at each (re)connection
 * @param {(isLive: boolean) => void} onChange
 */
export function listen(handlers, onChange) {
  const source = new EventSource('/api/events')
  for (const [name, handle] of Object.entries(handlers)) {
    source.addEventListener(name, (event) => handle(JSON.parse(event.data)))
  }
  source.addEventListener('open', () => onChange(true))
  source.addEventListener('error', () => onChange(false))
}
