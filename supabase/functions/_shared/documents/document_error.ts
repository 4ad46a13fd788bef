import { AppError } from '../http/mod.ts'

/** The template cannot be used as it is. @param reason what is wrong, for who writes templates */
export function templateInvalid(reason: string, cause?: unknown): AppError {
  return new AppError(422, 'document_template_invalid', `Cannot use template: ${reason}`, {
    hint: 'The page on documents lists the tags, classes and filters.',
    ...(cause === undefined ? {} : { cause }),
  })
}

/** The document would be larger than a document may be. */
export function documentTooLarge(reason: string): AppError {
  return new AppError(422, 'document_too_large', `Cannot make document: ${reason}`, {
    hint: 'Split it into several documents, or export the rows as CSV or XLSX.',
  })
}
