import { html } from 'hono/html'
import { type Page, stage } from './frame.ts'

/** What the bank asks about. */
export interface ChallengeView {
  readonly action: string
  /** Such as "$20.00"; null when a card is saved. */
  readonly amount: string | null
  /** Such as "Visa •••• 3155". */
  readonly card: string
}

/** 3-D Secure: the bank asks the holder of the card whether it is them. */
export function challengePage({ action, amount, card }: ChallengeView): Page {
  return {
    title: '3-D Secure',
    content: html`<div class="card message">
      ${stage}
      <h1>Your bank asks whether this is you</h1>
      <p>
        ${
          amount === null
            ? html`${card} is to be saved for later payments.`
            : html`${amount} is to be paid with ${card}.`
        }
      </p>
      <form method="post" action="${action}" class="buttons">
        <button class="primary" name="outcome" value="complete">Complete authentication</button>
        <button name="outcome" value="fail">Fail authentication</button>
      </form>
    </div>`,
  }
}
