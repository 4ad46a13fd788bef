import { z } from 'zod'
import { type Finding, fail, type Installation, ok, reasonOf, skip, warn } from './check.ts'

/** Longest time that a service is waited for; a function may start cold. */
const timeoutMs = 15_000

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

async function ask(url: string, init: RequestInit = {}): Promise<Answer | string> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs), redirect: 'manual' })
    return { status: response.status, headers: response.headers, text: await response.text() }
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError'
      ? `No answer within ${timeoutMs / 1000} seconds`
      : reasonOf(error instanceof Error && error.cause instanceof Error ? error.cause : error)
  }
}

/** Whether gateway, REST, Auth and every function answer. @param functions names, from config.toml */
export async function checkServices(installation: Installation, functions: readonly string[]): Promise<Finding[]> {
  const rest = await checkRest(installation)
  const findings = await Promise.all([
    checkAuth(installation),
    ...functions.map((name) => checkFunction(installation, name)),
  ])
  return [rest, ...findings.flat(), ...(await checkReadiness(installation))]
}

async function checkRest({ apiUrl, publishableKey, isHosted }: Installation): Promise<Finding> {
  const check = 'REST'
  if (!publishableKey) return skip(check, 'Needs the publishable key')
  const answer = await ask(`${apiUrl}/rest/v1/rpc/get_client_config`, { headers: { apikey: publishableKey } })
  const start = isHosted ? 'Look at the project: is it paused?' : 'Run "npm start"'
  if (typeof answer === 'string') return fail(check, answer, start)
  if (answer.status === 200) return ok(check, 'Answers, and knows the API of this version')
  if (answer.status === 404) return fail(check, 'Does not know get_client_config', 'Run "supabase db push"')
  if (answer.status === 401) return fail(check, 'Refuses the publishable key', 'Set SUPABASE_PUBLISHABLE_KEY')
  return fail(check, `Answered ${answer.status}`, start)
}

const authSettings = z.object({ disable_signup: z.boolean(), mailer_autoconfirm: z.boolean() })

async function checkAuth({ apiUrl, publishableKey }: Installation): Promise<Finding[]> {
  const check = 'auth settings'
  if (!publishableKey) return [skip(check, 'Needs the publishable key')]
  const answer = await ask(`${apiUrl}/auth/v1/settings`, { headers: { apikey: publishableKey } })
  const push = 'Run "supabase config push"'
  if (typeof answer === 'string') return [fail(check, answer, 'Look at the log of Auth')]
  if (answer.status !== 200) return [fail(check, `Answered ${answer.status}`, 'Look at the log of Auth')]
  const settings = authSettings.safeParse(parseJson(answer.text))
  if (!settings.success) return [fail(check, 'Has another form than Auth gives', 'Is this the address of the API?')]
  if (settings.data.mailer_autoconfirm) return [fail(check, 'Takes addresses that nobody confirmed', push)]
  if (settings.data.disable_signup) return [warn(check, 'Nobody can sign up', push)]
  return [ok(check, 'Can be read; addresses are confirmed before they count')]
}

async function checkFunction({ apiUrl, isHosted }: Installation, name: string): Promise<Finding> {
  const check = `function ${name}`
  const deploy = isHosted ? `Run "supabase functions deploy ${name}"` : 'Run "npm start" and look at what it says'
  // A method that every route refuses, and that reaches the function itself.
  const answer = await ask(`${apiUrl}/functions/v1/${name}`, {
    method: 'OPTIONS',
    headers: { origin: 'https://doctor.test' },
  })
  if (typeof answer === 'string') return fail(check, answer, deploy)
  const platformCode = answer.headers.get('sb-error-code')
  if (answer.status === 404 && platformCode !== 'EDGE_FUNCTION_ERROR') {
    return answer.text.includes('No such path') ? ok(check, 'Answers') : fail(check, 'Is not there', deploy)
  }
  if (answer.text.includes('configuration_invalid')) {
    return fail(
      check,
      'Says that its environment is not valid',
      'Its log names the variables; see docs/configuration.md',
    )
  }
  if (answer.status === 401) {
    return fail(check, 'The platform asks for a token before it', 'Deploy with verify_jwt = false of config.toml')
  }
  if (answer.status >= 500) return fail(check, `Answered ${answer.status} ${platformCode ?? ''}`.trim(), deploy)
  return ok(check, 'Answers')
}

const readiness = z.object({
  checks: z.record(z.string(), z.object({ status: z.string(), reason: z.string().nullable() })),
})

async function checkReadiness({ apiUrl }: Installation): Promise<Finding[]> {
  const answer = await ask(`${apiUrl}/functions/v1/health/ready`)
  if (typeof answer === 'string') return [fail('readiness', answer, 'See "function health"')]
  const parsed = readiness.safeParse(parseJson(answer.text))
  if (!parsed.success) return [fail('readiness', `Answered ${answer.status}`, 'See "function health"')]
  return Object.entries(parsed.data.checks).map(([name, { status, reason }]) =>
    status === 'ok'
      ? ok(`readiness ${name}`, 'Answers the functions')
      : fail(`readiness ${name}`, reason ?? status, 'Look at the log of that service'),
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
