/** How much of a file is taken at most; more is refused with a code and a hint. */
export const importLimits = {
  /** Characters of one record or row with all its cells. A quote that is not closed ends here as well. */
  recordLength: 1_000_000,
  /** Characters of one cell. Spreadsheets hold 32,767. */
  cellLength: 100_000,
  columns: 500,
  /** Bytes of a file that is imported. */
  fileBytes: 500_000_000,
  /** Bytes that a part of a workbook may unpack to. */
  inflatedBytes: 1_000_000_000,
  /** How many times its size that may be, beyond 20 MB. Sheets have 10 to 50. */
  inflateRatio: 200,
} as const
