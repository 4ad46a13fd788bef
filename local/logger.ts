/** Levels in rising order of urgency. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** How lines are written. */
export type LogFormat = 'text' | 'json'

/** Where the stack's services report what happens. Never given tokens, addresses or bodies. */
export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
  /** A logger that puts `name` in front of its lines. */
  child(name: string): Logger
}

const order: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 }

/**
 * Makes a logger that writes one line for each event.
 *
 * @param options.level lowest level that is written
 * @param options.write receives each finished line, without the line break
 * @param options.format text for people (the default), or one JSON object a line for programs
 */
export function createLogger(options: {
  level: LogLevel
  write(line: string): void
  name?: string
  format?: LogFormat
}): Logger {
  const log = (level: LogLevel, message: string, fields?: Record<string, unknown>) => {
    if (order[level] < order[options.level]) return
    const time = new Date().toISOString()
    if (options.format === 'json') {
      options.write(JSON.stringify({ time, level, service: options.name ?? null, message, ...fields }))
      return
    }
    const name = options.name ? ` ${options.name}` : ''
    const rest = fields && Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : ''
    options.write(`${time} ${level}${name} ${message}${rest}`)
  }
  return {
    debug: (message, fields) => log('debug', message, fields),
    info: (message, fields) => log('info', message, fields),
    warn: (message, fields) => log('warn', message, fields),
    error: (message, fields) => log('error', message, fields),
    child: (name) => createLogger({ ...options, name: options.name ? `${options.name}/${name}` : name }),
  }
}

/** A logger that writes nothing. */
export const silentLogger: Logger = createLogger({ level: 'error', write: () => {} })
