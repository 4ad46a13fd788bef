export { columnsOf, type ExportColumn, type ExportRow } from './columns.ts'
export { crc32 } from './crc32.ts'
export {
  type ExportFormat,
  type ExportTable,
  exportFormats,
  type SheetState,
  type StoredPart,
  workbookFormat,
} from './formats.ts'
export { concatenate, type Segment, segmentSize } from './segments.ts'
export { type ZipEntry, zipSegments } from './zip_container.ts'
