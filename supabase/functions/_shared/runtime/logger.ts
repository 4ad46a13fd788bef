/** Values of a log line. Never personal data: ids, counts, codes and durations. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

/** Writes one line of JSON for each event. */
export interface Logger {
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  /** @param cause its name, message and stack are written, with addresses and keys taken out */
  error(event: string, cause: unknown, fields?: LogFields): void
  /** A logger that adds these fields to each line, such as the id of a request. */
  with(fields: LogFields): Logger
}

/**
 * @param name of the function or domain
 * @param write receives each line; the console when left out
 * @param always fields of every line
 */
export function createLogger(
  name: string,
  write: (level: 'info' | 'warn' | 'error', line: string) => void = toConsole,
  always: LogFields = {},
): Logger {
  const log = (level: 'info' | 'warn' | 'error', event: string, fields: LogFields) =>
    write(level, redact(JSON.stringify({ level, name, event, ...always, ...fields })))
  return {
    info: (event, fields = {}) => log('info', event, fields),
    warn: (event, fields = {}) => log('warn', event, fields),
    error: (event, cause, fields = {}) => log('error', event, { ...fields, ...describe(cause) }),
    with: (fields) => createLogger(name, write, { ...always, ...fields }),
  }
}

function toConsole(level: 'info' | 'warn' | 'error', line: string): void {
  console[level](line)
}

function describe(cause: unknown): LogFields {
  if (!(cause instanceof Error)) return { error: String(cause) }
  const reason = cause.cause instanceof Error ? cause.cause.message : undefined
  return { error: `${cause.name}: ${cause.message}`, reason, stack: cause.stack?.split('\n').slice(1, 8).join('\n') }
}

/** Takes e-mail addresses, phone numbers, tokens and keys out of a text, which messages of libraries may quote. */
export function redact(text: string): string {
  return text
    .replace(/[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(\.[\w-]+)+/g, '[address]')
    .replace(/\+\d[\d ()-]{6,18}\d/g, '[phone]')
    .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[token]')
    .replace(/\b(sb_secret_|whsec_|v1,whsec_)[\w+/=-]+/g, '[key]')
}
