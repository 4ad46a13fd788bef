/** Why a picture is not shown, as clients are told. */
export type PictureProblem =
  /** It cannot be decoded. */
  | 'unreadable'
  /** Its content is no PNG, JPEG, WebP or GIF. */
  | 'type_not_allowed'
  /** It has too many bytes or pixels. */
  | 'too_large'
  /** The virus scanner found something. */
  | 'infected'

/** A picture that will not be shown, however often it is tried. */
export class PictureError extends Error {
  readonly problem: PictureProblem
  constructor(problem: PictureProblem, options: { cause?: unknown } = {}) {
    super(`Picture is refused: ${problem}`, options)
    this.name = 'PictureError'
    this.problem = problem
  }
}
