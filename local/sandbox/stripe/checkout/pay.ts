import type { Core } from '../core.ts'
import { type Attempt, attemptOf, type Outcome } from './attempts.ts'
import { completeSession } from './complete_session.ts'
import { type Visit, visitsOf } from './session_objects.ts'
import { resultOf } from './session_results.ts'

/** Tries to pay, to subscribe or to save the card; the visit stays open when that does not work. */
export function pay(core: Core, visit: Visit, attempt: Attempt): Outcome {
  return attemptOf(core, visit, attempt) ?? finish(core, visit)
}

/** Goes on after the owner of a card answered their bank. @param id intent; those of no visit do not matter */
export function settleVisit(core: Core, id: string): void {
  const open = [...visitsOf(core).values()].find(({ intent, session }) => intent === id && session.status === 'open')
  const { status } = core.store.find('payment_intent', id) ?? core.store.get('setup_intent', id)
  if (open && (status === 'succeeded' || status === 'requires_capture')) finish(core, open)
}

/** Why the last attempt failed; null when none did. */
export function lastProblem(core: Core, visit: Visit): string | null {
  const payment = core.store.find('payment_intent', visit.intent ?? '')
  const setup = core.store.find('setup_intent', visit.intent ?? '')
  return payment?.last_payment_error?.message ?? setup?.last_setup_error?.message ?? null
}

function finish(core: Core, visit: Visit): Outcome {
  completeSession(core, visit, resultOf(core, visit))
  return { kind: 'complete' }
}
