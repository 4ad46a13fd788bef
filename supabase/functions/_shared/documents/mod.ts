export { type DocumentKind, defineDocumentKind, describeFields } from './document_kind.ts'
export { documentKinds } from './kinds/mod.ts'
export { documentLimits } from './limits.ts'
export { minorDigits } from './minor_digits.ts'
export { type PreviewDeps, previewDocument } from './preview_document.ts'
export { type DocumentImage, readImage } from './read_image.ts'
export {
  type DocumentRequest,
  type DocumentTemplate,
  documentKind,
  type RenderedDocument,
  renderDocument,
} from './render_document.ts'
export { renderDocumentJob, renderDocumentJobWith } from './render_document_job.ts'
export type { DocumentBranding, DocumentPage } from './render_pdf.ts'
export { renderStoredDocument } from './render_stored_document.ts'
