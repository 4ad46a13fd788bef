import process from 'node:process'
import type { MiddlewareHandler } from 'hono'
import { ConfigurationError, type Logger, readEnv } from '../runtime/mod.ts'
import type { AppEnv } from './app_env.ts'
import { AppError } from './app_error.ts'

/**
 * Checks the environment when the function is loaded. With settings that are missing or malformed it logs each of them
 * once, by name and without its value, and answers 503 to every request instead of failing somewhere in the middle of one.
 *
 * Only where the platform runs the function: a test or the OpenAPI generator loads it without any environment.
 *
 * @param environment variables by name
 */
export function checkedEnvironment(
  logger: Logger,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): MiddlewareHandler<AppEnv> {
  const problem = environment.SUPABASE_URL ? problemOf(environment) : null
  if (problem) logger.error('configuration_invalid', problem, { variables: problem.variables.join(', ') })
  return async (_c, next) => {
    if (problem) {
      throw new AppError(503, 'configuration_invalid', 'Cannot answer: this function is not configured', {
        hint: 'Its log names the variables; "npm run doctor" checks the whole installation',
        cause: problem,
      })
    }
    await next()
  }
}

function problemOf(environment: Readonly<Record<string, string | undefined>>): ConfigurationError | null {
  try {
    readEnv(environment)
    return null
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
}
