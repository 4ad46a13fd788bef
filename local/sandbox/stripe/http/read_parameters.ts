import type { z } from 'zod'
import { StripeError } from '../errors.ts'
import type { Form, FormValue } from './form_body.ts'

/** Parameters that went with an older version, and what is said about them. */
const removed: Readonly<Record<string, string>> = {
  payment_method_types:
    'Received unknown parameter: payment_method_types. It was removed in this API version: use dynamic payment methods, allowed_payment_method_types or excluded_payment_method_types',
}

/**
 * Reads a request's parameters.
 *
 * @throws {StripeError} in Stripe's words: `parameter_unknown`, `parameter_missing`, `parameter_invalid_...`
 */
export function readParameters<T extends z.ZodType>(schema: T, form: Form): z.output<T> {
  const parsed = schema.safeParse(form)
  if (parsed.success) return parsed.data
  const issue = deepest(parsed.error.issues)
  throw issue ? toStripeError(issue, form) : new StripeError(400, 'Invalid request')
}

type Issue = z.core.$ZodIssue

/** Of a choice between shapes, the one that fits best is the one whose problem is told. */
function deepest(issues: readonly Issue[]): Issue | undefined {
  const flat = issues.flatMap((issue): Issue[] => {
    if (issue.code !== 'invalid_union') return [issue]
    const branches = issue.errors.flatMap((branch) => deepest(branch) ?? [])
    const best = branches.find(({ code }) => code === 'custom' || code === 'unrecognized_keys') ?? branches.at(-1)
    return best ? [{ ...best, path: [...issue.path, ...best.path] }] : [issue]
  })
  return flat.find(({ code }) => code === 'unrecognized_keys') ?? flat[0]
}

function toStripeError(issue: Issue, form: Form): StripeError {
  const param = nameOf(issue.path)
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys
    const name = nameOf([...issue.path, key])
    const said = removed[key] ?? `Received unknown parameter: ${name}`
    return new StripeError(400, said, { code: 'parameter_unknown', param: name })
  }
  if (valueAt(form, issue.path) === undefined) {
    return new StripeError(400, `Missing required param: ${param}.`, { code: 'parameter_missing', param })
  }
  if (issue.code === 'custom') {
    const code: unknown = issue.params?.stripe
    return new StripeError(400, issue.message.replaceAll('{param}', param), {
      code: typeof code === 'string' ? code : undefined,
      param,
    })
  }
  const wanted = issue.code === 'invalid_type' && issue.expected !== 'record' ? issue.expected : 'object'
  return new StripeError(400, `Invalid ${wanted}`, { param })
}

/** `items[0][price]` of its parts. */
function nameOf(path: readonly PropertyKey[]): string {
  const [head = '', ...rest] = path
  return `${String(head)}${rest.map((part) => `[${String(part)}]`).join('')}`
}

function valueAt(form: Form, path: readonly PropertyKey[]): FormValue | undefined {
  let value: FormValue | undefined = form
  for (const part of path) value = typeof value === 'object' ? value[String(part)] : undefined
  return value
}
