/** What a template and a document may use. Measured so that a document at its limits stays within a hosted function. */
export const documentLimits = {
  /** Characters of a template. */
  templateCharacters: 50_000,
  /** Tags and outputs that one rendering may go through. */
  templateSteps: 100_000,
  /** Objects and characters that filters and tags of one rendering may make. */
  templateMemory: 5_000_000,
  /** A last resort beside the two above, in milliseconds. */
  templateMilliseconds: 2_000,
  /** Characters of the merge data as JSON. */
  dataCharacters: 500_000,
  /** Characters of the text between the tags of a filled template. */
  textCharacters: 150_000,
  /** Elements of a filled template. */
  elements: 15_000,
  /** How deep elements may stand in each other. */
  depth: 12,
  /** Columns of a table. */
  columns: 12,
  /** Pages of a document. */
  pages: 60,
  /** Bytes of one image. */
  imageBytes: 2 * 1024 * 1024,
  /** Width times height of one image. */
  imagePixels: 4_000_000,
  /** Images of one document. */
  images: 20,
} as const
