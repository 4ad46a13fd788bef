import { html } from 'hono/html'
import { type CardInput, cardFields, type Problems, testCardList } from './card_form.ts'
import { type Page, stage, trouble } from './frame.ts'

const formId = 'card'

/** The page where one adds a card. */
export function cardPage(options: {
  /** Where "Back" leads. */
  base: string
  action: string
  card: CardInput
  problems: Problems
  trouble: string | null
}): Page {
  return {
    title: 'Add a card',
    content: html`<div class="card narrow">
      ${stage}
      <h1>Add a card</h1>
      ${trouble(options.trouble)}
      <form method="post" action="${options.action}" id="${formId}" novalidate>
        ${cardFields(options.card, options.problems)}
        <p class="soft">The new card pays for your subscriptions from now on.</p>
        <div class="buttons">
          <button class="primary" name="action" value="save">Save card</button>
          <a class="button" href="${options.base}">Back</a>
        </div>
      </form>
      ${testCardList(formId)}
    </div>`,
  }
}
