/** How a check ended: `skip` when this run could not look. */
export type CheckStatus = 'ok' | 'warn' | 'fail' | 'skip'

/** One finding of the doctor. */
export interface Finding {
  /** What was looked at, such as `cron platform_wake_worker`. */
  readonly check: string
  readonly status: CheckStatus
  /** What was found. Never a secret. */
  readonly message: string
  /** What to do; null when all is well. */
  readonly fix: string | null
}

/** The installation that is looked at. */
export interface Installation {
  /** Base address of the API, without a slash at the end. */
  readonly apiUrl: string
  /** Connection as `postgres`; null when none was given. */
  readonly databaseUrl: string | null
  readonly secretKey: string | null
  readonly publishableKey: string | null
  /** Variables that the functions are given; null when they cannot be known. */
  readonly environment: Readonly<Record<string, string>> | null
  /** Not on this machine. */
  readonly isHosted: boolean
  /** Folder that holds `supabase/`. */
  readonly projectFolder: string
}

export const ok = (check: string, message: string): Finding => ({ check, status: 'ok', message, fix: null })
export const warn = (check: string, message: string, fix: string): Finding => ({ check, status: 'warn', message, fix })
export const fail = (check: string, message: string, fix: string): Finding => ({ check, status: 'fail', message, fix })
export const skip = (check: string, message: string, fix: string | null = null): Finding => ({
  check,
  status: 'skip',
  message,
  fix,
})

/** The message of anything thrown, without connection strings. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error)
  return message.replace(/\w+:\/\/\S+/g, '[address]')
}
