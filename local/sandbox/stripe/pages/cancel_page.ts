import { html } from 'hono/html'
import { type Page, stage, trouble } from './frame.ts'

/** Reasons of Stripe's `cancellation_details.feedback`, as the portal words them. */
export const feedbackTitles: Readonly<Record<string, string>> = {
  too_expensive: 'It’s too expensive',
  missing_features: 'Some features are missing',
  switched_service: 'I’m switching to an alternative service',
  unused: 'I don’t use the service enough',
  customer_service: 'Customer service was less than expected',
  too_complex: 'Ease of use was less than expected',
  low_quality: 'Quality was less than expected',
  other: 'Other reason',
}

/** What the page to cancel shows. */
export interface CancelView {
  readonly base: string
  readonly action: string
  readonly title: string
  readonly price: string
  /** What happens when, in one sentence. */
  readonly effect: string
  /** Reasons to choose from; empty when none is asked. */
  readonly reasons: readonly string[]
  readonly trouble: string | null
}

/** The page where one cancels a subscription and says why. */
export function cancelPage(view: CancelView): Page {
  return {
    title: 'Cancel subscription',
    content: html`<div class="card narrow">
      ${stage}
      <h1>Cancel subscription</h1>
      ${trouble(view.trouble)}
      <p><strong>${view.title}</strong>, ${view.price}</p>
      <p>${view.effect}</p>
      <form method="post" action="${view.action}">
        ${
          view.reasons.length === 0
            ? ''
            : html`<fieldset class="methods">
                  <legend>Why do you cancel? (optional)</legend>
                  ${view.reasons.map(
                    (reason) =>
                      html`<label class="check"
                        ><input type="radio" name="feedback" value="${reason}" /><span
                          >${feedbackTitles[reason] ?? reason}</span
                        ></label
                      >`,
                  )}
                </fieldset>
                <div class="field">
                  <label for="comment">Anything else you want to say (optional)</label>
                  <textarea id="comment" name="comment" maxlength="5000"></textarea>
                </div>`
        }
        <div class="buttons">
          <button class="danger">Cancel subscription</button>
          <a class="button" href="${view.base}">Back</a>
        </div>
      </form>
    </div>`,
  }
}
