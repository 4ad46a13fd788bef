export {
  actOnImport,
  createImport,
  importActions,
  importDetailSchema,
  importErrorsCsv,
  importList,
  importMappingSchema,
  importSchema,
  listImports,
  mapImport,
  newImportSchema,
  readImport,
} from './api.ts'
export { type CsvPosition, type OpenAt, readCsvRows, type SourceBatch, type SourceRow } from './csv_source.ts'
export { defineImport, type ImportDefinition, type ImportField } from './define_import.ts'
export {
  type CsvFormat,
  detectCsv,
  type FormatChoice,
  formatChoiceSchema,
  importDelimiters,
  looksLikeHeader,
} from './detect_csv.ts'
export { type ImportJobOptions, importJobs } from './import_jobs.ts'
export { type InflateCheckpoint, InflateError, Inflater } from './inflate.ts'
export { importLimits } from './limits.ts'
export { type MappedRow, type Mapping, type RowProblem, rowMapper } from './map_row.ts'
export type { ImportFile } from './open_source.ts'
export { type CsvDialect, type CsvRecords, parseCsv } from './parse_csv.ts'
export { type MappingSuggestion, type NamedField, similarity, suggestMapping } from './suggest_mapping.ts'
export { fileDecoder, findEncoding, type ImportEncoding, importEncodings } from './text_encoding.ts'
export { openWorkbook, type Workbook } from './workbook.ts'
export { sharedTexts, sheetRows, textsInPart } from './xlsx_source.ts'
