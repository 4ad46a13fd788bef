import type { AlertMessage } from './port.ts'

const words = { fired: 'Alert', repeated: 'Still on', resolved: 'Recovered' } as const

/** One line, such as `Alert: error_rate (critical, production)`. */
export function alertTitle({ event, rule, subject, severity, environment }: AlertMessage): string {
  return `${words[event]}: ${rule}${subject ? ` of ${subject}` : ''} (${severity}, ${environment})`
}

/** The facts below the title, as names and values. */
export function alertFacts(message: AlertMessage): readonly (readonly [name: string, value: string])[] {
  const { event, summary, value, threshold, since } = message
  return [
    [summary, `${value}${event === 'resolved' ? ' at last' : ''}, threshold ${threshold}`],
    ['Since', since.toISOString()],
    ['What to do', `docs/operations.md, "${message.rule}"`],
  ]
}
