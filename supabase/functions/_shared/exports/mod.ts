export { cleanExportJob, cleanExportJobWith } from './clean_export_job.ts'
export { columnsOf, type ExportColumn, type ExportRow } from './columns.ts'
export { crc32 } from './crc32.ts'
export { type ExportList, type ExportRequest, readExportRequest } from './export_list.ts'
export { exportLists, findExportList } from './export_lists.ts'
export {
  type ExportFormat,
  type ExportTable,
  exportFormats,
  type SheetState,
  type StoredPart,
  workbookFormat,
} from './formats.ts'
export {
  cancelExport,
  createExportLink,
  exportLinkSchema,
  exportRequestList,
  exportSchema,
  listExports,
  newExportSchema,
  readExport,
  requestExport,
} from './requests.ts'
export { type ExportDeps, type ExportPace, runExportJob, runExportJobWith } from './run_export_job.ts'
export { concatenate, type Segment, segmentSize } from './segments.ts'
export { type ZipEntry, zipSegments } from './zip_container.ts'
