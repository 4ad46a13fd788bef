import { randomUUID } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { AuthError, unexpectedFailure } from '../errors.ts'

const totalTime = 5000
const attempts = 3
const pause = 2000
const maximumAnswerBytes = 200 * 1024

/**
 * Posts a hook's payload, signed as Standard Webhooks says, and returns the parsed answer.
 *
 * Five seconds in all. An endpoint that answers 429 or 503 with `retry-after` is asked again at once, one that cannot
 * be reached after two seconds.
 *
 * @param secrets `v1,whsec_...`, several divided by `|`
 * @throws {AuthError} `hook_timeout`, `hook_timeout_after_retry`, `hook_payload_...` or 500 for another answer
 */
export async function callHttpHook(uri: string, secrets: string, payload: unknown): Promise<unknown> {
  const body = JSON.stringify(payload)
  const deadline = AbortSignal.timeout(totalTime)
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const response = await post(uri, secrets, body, deadline).catch((cause: unknown) => {
      if (deadline.aborted) throw timedOut(cause)
      if (attempt === attempts) {
        throw new AuthError(422, 'hook_timeout_after_retry', 'Failed to reach hook after maximum retries', { cause })
      }
      return null
    })
    if (response === null) {
      await wait(pause, deadline)
      continue
    }
    if (response.status === 429 || response.status === 503) {
      await response.body?.cancel()
      if (response.headers.get('retry-after')) continue
      break
    }
    return readAnswer(response, deadline)
  }
  throw unexpectedFailure('Service currently unavailable due to hook')
}

function post(uri: string, secrets: string, body: string, signal: AbortSignal): Promise<Response> {
  const id = randomUUID()
  const time = new Date()
  const signatures = secrets.split('|').map((secret) => {
    if (!secret.startsWith('v1,')) throw unexpectedFailure('Error generating signatures: invalid signature format')
    return new Webhook(secret.slice('v1,'.length)).sign(id, time, body)
  })
  return fetch(uri, {
    method: 'POST',
    body,
    signal,
    redirect: 'manual',
    headers: {
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(time.getTime() / 1000)),
      'webhook-signature': signatures.join(' '),
    },
  })
}

async function readAnswer(response: Response, deadline: AbortSignal): Promise<unknown> {
  if (![200, 202, 204].includes(response.status)) {
    await response.body?.cancel()
    if (response.status === 400) throw unexpectedFailure('Invalid payload sent to hook')
    if (response.status === 401) throw unexpectedFailure('Hook requires authorization token')
    throw unexpectedFailure(`Unexpected status code returned from hook: ${response.status}`)
  }
  const type = response.headers.get('content-type') ?? ''
  if (type === '') {
    if (response.status === 204) return {}
    throw invalidType('Invalid Content-Type: Missing Content-Type header')
  }
  if (type.split(';')[0]?.trim().toLowerCase() !== 'application/json') {
    throw invalidType(`Invalid JSON response. Received content-type: ${type}`)
  }
  const text = await readLimited(response, deadline)
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch (cause) {
    throw unexpectedFailure('Error unmarshaling JSON output.', cause)
  }
}

async function readLimited(response: Response, deadline: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length
      if (size > maximumAnswerBytes) break
      chunks.push(chunk)
    }
  } catch (cause) {
    throw deadline.aborted ? timedOut(cause) : unexpectedFailure('Error reading the answer of the hook', cause)
  }
  if (size <= maximumAnswerBytes) return Buffer.concat(chunks).toString('utf8')
  const message = `Payload size exceeded size limit of ${maximumAnswerBytes} bytes`
  throw new AuthError(422, 'hook_payload_over_size_limit', message)
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    const stop = () => {
      clearTimeout(timer)
      reject(timedOut(signal.reason))
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

const timedOut = (cause: unknown) =>
  new AuthError(422, 'hook_timeout', 'Failed to reach hook within maximum time of 5.000000 seconds', { cause })

const invalidType = (message: string) => new AuthError(400, 'hook_payload_invalid_content_type', message)
