import { randomBytes } from 'node:crypto'
import { hash, parseOptions, verify } from '@node-rs/bcrypt'
import type { AuthConfig } from './config.ts'
import { validationFailed, WeakPasswordError } from './errors.ts'

/** bcrypt reads no more than this. */
const maximumLength = 72

const cost = 10

const lower = 'abcdefghijklmnopqrstuvwxyz'
const upper = lower.toUpperCase()
const digits = '0123456789'
const symbols = '!@#$%^&*()_+-=[]{};\'\\:"|<>?,./`~'

const requiredSets: Readonly<Record<AuthConfig['password_requirements'], readonly string[]>> = {
  '': [],
  letters_digits: [lower + upper, digits],
  lower_upper_letters_digits: [lower, upper, digits],
  lower_upper_letters_digits_symbols: [lower, upper, digits, symbols],
}

/** Hashes a password with bcrypt and a salt of its own, off the main thread. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, { cost, version: '2a' })
}

/** Compares a password with a stored hash; a hash of another kind matches nothing. */
export async function matchesPassword(password: string, encrypted: string | null): Promise<boolean> {
  if (!encrypted) return false
  return verify(password, encrypted).catch(() => false)
}

let unknownUserHash: Promise<string> | undefined

/** Takes as long as a comparison, so that the time of an answer does not tell whether an address is registered. */
export async function spendComparisonTime(password: string): Promise<void> {
  unknownUserHash ??= hashPassword(randomPassword())
  await matchesPassword(password, await unknownUserHash)
}

/** A password that nobody knows, for users who sign in without one. */
export function randomPassword(): string {
  return randomBytes(48).toString('base64url')
}

/** @throws {WeakPasswordError} with the reasons; {@link validationFailed} when it is too long for bcrypt */
export function requireStrongPassword(config: AuthConfig, password: string): void {
  if (Buffer.byteLength(password) > maximumLength) {
    throw validationFailed(`Password cannot be longer than ${maximumLength} characters`)
  }
  const weakness = findWeakness(config, password)
  if (weakness) throw new WeakPasswordError(weakness.message, weakness.reasons)
}

/** What is missing from a password, or null. */
export function findWeakness(config: AuthConfig, password: string): { message: string; reasons: string[] } | null {
  const reasons: string[] = []
  const messages: string[] = []
  if (Buffer.byteLength(password) < config.minimum_password_length) {
    reasons.push('length')
    messages.push(`Password should be at least ${config.minimum_password_length} characters.`)
  }
  const sets = requiredSets[config.password_requirements]
  if (sets.some((set) => ![...password].some((character) => set.includes(character)))) {
    reasons.push('characters')
    messages.push(`Password should contain at least one character of each: ${sets.join(', ')}.`)
  }
  return reasons.length === 0 ? null : { message: messages.join(' '), reasons }
}

/** True for a hash that {@link matchesPassword} can compare with. */
export function isPasswordHash(value: string): boolean {
  try {
    parseOptions(value)
    return true
  } catch {
    return false
  }
}
