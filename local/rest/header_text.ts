import type { Header } from './errors.ts'

const namePattern = /^[\w!#$%&'*+.^`|~-]+$/

/** Whether a header can be sent: functions of the database may ask for any. */
export const isSendable = ([name, value]: Header): boolean => namePattern.test(name) && !/[\r\n\0]/.test(value)

/** A header's value as it goes out: byte by byte, so what is no ASCII has to be UTF-8. */
export const headerText = (value: string): string =>
  /^[\t\x20-\x7e]*$/.test(value) ? value : Buffer.from(value, 'utf8').toString('latin1')

/** Text for places that know ASCII only, such as reason phrases. */
export const asciiText = (value: string): string => value.replace(/[^\t\x20-\x7e]/g, '?')
