import { createRoute, z } from '@hono/zod-openapi'
import {
  documentList,
  documentSchema,
  documentTemplateList,
  documentVersionSchema,
  newDocumentSchema,
  newTemplateSchema,
  previewBodySchema,
  templateWithVersionsSchema,
} from '../_shared/api/mod.ts'
import { errorAnswers } from '../_shared/http/mod.ts'
import { callers, headers, jsonAnswer, jsonBody, limited, once, security, tooMany } from './middleware.ts'

const tags = ['REST API v1: documents']
const organizationId = z.object({ organization_id: z.uuid() })
const templateId = z.object({ template_id: z.uuid() })
const versionId = z.object({ version_id: z.uuid() })
const documentId = z.object({ document_id: z.uuid() })
const errors = {
  400: 'A field is missing or wrong',
  401: 'No or no valid credentials',
  403: 'The permission or the scope is missing',
  404: 'Nothing of this id that the caller may see',
  429: tooMany,
}
const changeErrors = {
  ...errors,
  409: 'The version was published before, or nobody looked at it as it is',
  422: 'A value is not allowed',
}

/** GET /api/v1/document-templates */
export const documentTemplatesRoute = createRoute({
  method: 'get',
  path: '/v1/document-templates',
  tags,
  summary: 'Templates of documents',
  description: "The organizations' own and the built-in ones, which have no `organization_id`.",
  security,
  middleware: [callers, limited('document_templates.list')] as const,
  request: { query: documentTemplateList.querySchema },
  responses: { 200: jsonAnswer('A page', documentTemplateList.pageSchema), ...errorAnswers(errors) },
})

/** GET /api/v1/document-templates/{template_id} */
export const documentTemplateRoute = createRoute({
  method: 'get',
  path: '/v1/document-templates/{template_id}',
  tags,
  summary: 'A template with its versions',
  security,
  middleware: [callers, limited('document_templates.read')] as const,
  request: { params: templateId },
  responses: { 200: jsonAnswer('The template', templateWithVersionsSchema), ...errorAnswers(errors) },
})

/** POST /api/v1/organizations/{organization_id}/document-templates */
export const saveDocumentTemplateRoute = createRoute({
  method: 'post',
  path: '/v1/organizations/{organization_id}/document-templates',
  tags,
  summary: 'Write the draft of a template',
  description: 'Kind, name and locale name the template; one that is not there yet is made. Needs `documents.manage`.',
  security,
  middleware: [callers, limited('document_templates.save'), once] as const,
  request: { params: organizationId, headers, body: jsonBody(newTemplateSchema) },
  responses: { 200: jsonAnswer('The draft', documentVersionSchema), ...errorAnswers(changeErrors) },
})

/** POST /api/v1/document-template-versions/{version_id}/publish */
export const publishDocumentTemplateRoute = createRoute({
  method: 'post',
  path: '/v1/document-template-versions/{version_id}/publish',
  tags,
  summary: 'Publish a version of a template',
  description: 'After a preview of it with the sample of its kind. Needs `documents.manage`.',
  security,
  middleware: [callers, limited('document_templates.publish'), once] as const,
  request: { params: versionId, headers },
  responses: { 200: jsonAnswer('The version', documentVersionSchema), ...errorAnswers(changeErrors) },
})

/** POST /api/v1/documents/preview */
export const previewDocumentRoute = createRoute({
  method: 'post',
  path: '/v1/documents/preview',
  tags,
  summary: 'Look at a version of a template',
  description:
    'As a PDF that is kept nowhere, of the data given or of the sample of the kind. After the sample went well a draft may ' +
    'be published. Needs `documents.read`.',
  security,
  middleware: [callers, limited('documents.preview')] as const,
  request: { body: jsonBody(previewBodySchema) },
  responses: {
    200: {
      description: 'The PDF',
      content: { 'application/pdf': { schema: z.string().openapi({ format: 'binary' }) } },
    },
    ...errorAnswers({ ...errors, 422: 'The template or the data is not valid; the message says why' }),
  },
})

/** GET /api/v1/organizations/{organization_id}/documents */
export const documentsRoute = createRoute({
  method: 'get',
  path: '/v1/organizations/{organization_id}/documents',
  tags,
  summary: 'The documents of an organization',
  security,
  middleware: [callers, limited('documents.list')] as const,
  request: { params: organizationId, query: documentList.querySchema },
  responses: { 200: jsonAnswer('A page', documentList.pageSchema), ...errorAnswers(errors) },
})

/** POST /api/v1/organizations/{organization_id}/documents */
export const createDocumentRoute = createRoute({
  method: 'post',
  path: '/v1/organizations/{organization_id}/documents',
  tags,
  summary: 'Have a document made',
  description: 'It is ready when `state` says so; the file is downloaded like any other. Needs `documents.manage`.',
  security,
  middleware: [callers, limited('documents.create'), once] as const,
  request: { params: organizationId, headers, body: jsonBody(newDocumentSchema) },
  responses: { 202: jsonAnswer('The document, queued', documentSchema), ...errorAnswers(changeErrors) },
})

/** GET /api/v1/documents/{document_id} */
export const documentRoute = createRoute({
  method: 'get',
  path: '/v1/documents/{document_id}',
  tags,
  summary: 'A document',
  security,
  middleware: [callers, limited('documents.read')] as const,
  request: { params: documentId },
  responses: { 200: jsonAnswer('The document', documentSchema), ...errorAnswers(errors) },
})
