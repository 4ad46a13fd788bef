import { z } from '@hono/zod-openapi'
import type { CallerDatabase } from '../database/mod.ts'
import { type FileStorage, FileStorageError, mediaTypeOfName } from '../files/mod.ts'
import { AppError, type MultipartPart, readField } from '../http/mod.ts'
import { type ApiCaller, requireScope } from './api_caller.ts'
import { instant } from './schemas.ts'

/** Where uploads of a request go. */
export const uploadTargetSchema = z.strictObject({
  organization_id: z
    .uuid()
    .optional()
    .openapi({
      param: { name: 'organization_id', in: 'query' },
      description: 'Whose the files are. An API key has one organization, which is meant when this is left out.',
    }),
  category: z
    .string()
    .max(60)
    .optional()
    .openapi({ param: { name: 'category', in: 'query' }, description: 'See `file_categories`', example: 'document' }),
})

/** What became of an upload. */
export const uploadedFileSchema = z
  .object({
    id: z.uuid(),
    organization_id: z.uuid(),
    category: z.string().openapi({ example: 'document' }),
    name: z.string().openapi({ example: 'Terms.pdf' }),
    media_type: z.string().openapi({ example: 'application/pdf' }),
    size_bytes: z.number().int(),
    state: z.literal('quarantined').openapi({ description: 'The scan follows; then it can be downloaded' }),
    created_at: instant,
  })
  .openapi('UploadedFile')

/** What became of each of several uploads. */
export const uploadResultsSchema = z
  .object({
    results: z.array(
      z.union([
        z.object({ file: uploadedFileSchema }),
        z.object({
          name: z.string(),
          error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }),
        }),
      ]),
    ),
  })
  .openapi('UploadResults')

type UploadedFile = z.output<typeof uploadedFileSchema>
type UploadResults = z.output<typeof uploadResultsSchema>
type UploadTarget = z.output<typeof uploadTargetSchema>

/** What uploads need. */
export interface UploadDeps {
  readonly database: CallerDatabase
  readonly storage: FileStorage
  readonly signal: AbortSignal
  /** Told of what went wrong besides, such as an upload that could not be given up. */
  onProblem(error: unknown): void
}

/** A form that is being read. */
export interface UploadForm {
  readonly target: UploadTarget
  readonly parts: AsyncIterable<MultipartPart>
  /** Bytes of the body as its sender says; null for unknown. */
  readonly bodyBytes: number | null
}

/**
 * Takes the first file of a form, streamed to Storage. Fields `organization_id` and `category` count like those of the query
 * when they stand before the file.
 *
 * @throws {AppError} what `begin_upload` answers, 400 `file_missing`, 413 `file_too_large`, 422 `file_empty`, 503
 * `storage_unavailable`
 */
export async function uploadFile(deps: UploadDeps, caller: ApiCaller, form: UploadForm): Promise<UploadedFile> {
  requireScope(caller, 'files.write')
  let target = form.target
  let uploaded: UploadedFile | undefined
  for await (const part of form.parts) {
    if (part.filename === null) target = await withField(target, part)
    // Read to its end, or whoever sends would not hear the answer.
    else uploaded ??= await receive(deps, caller, target, part, form.bodyBytes)
  }
  if (!uploaded) throw fileMissing()
  return uploaded
}

/**
 * Takes the files of a form, one after another. One that is refused does not keep the others out.
 *
 * @throws {AppError} 400 `file_missing`, and what ends the whole request, such as a form that cannot be read
 */
export async function uploadFiles(deps: UploadDeps, caller: ApiCaller, form: UploadForm): Promise<UploadResults> {
  requireScope(caller, 'files.write')
  let target = form.target
  const results: UploadResults['results'] = []
  for await (const part of form.parts) {
    if (part.filename === null) {
      target = await withField(target, part)
      continue
    }
    try {
      results.push({ file: await receive(deps, caller, target, part, form.bodyBytes) })
    } catch (error) {
      if (!(error instanceof AppError) || isOfWholeRequest(error)) throw error
      const { code, message, hint = null } = error
      results.push({ name: part.filename, error: { code, message, hint } })
    }
  }
  if (results.length === 0) throw fileMissing()
  return { results }
}

/** What every further file would meet as well: a form that is broken, a caller who may not, a Storage that is away. */
const isOfWholeRequest = ({ code, status }: AppError) =>
  status >= 500 || status === 401 || ['multipart_invalid', 'body_too_large', 'invalid_request'].includes(code)

const fileMissing = () =>
  new AppError(400, 'file_missing', 'Cannot upload file: the form has none', { hint: 'Send it as field "file"' })

async function withField(target: UploadTarget, part: MultipartPart): Promise<UploadTarget> {
  if (part.name !== 'organization_id' && part.name !== 'category') return target
  const parsed = uploadTargetSchema.safeParse({ ...target, [part.name]: await readField(part) })
  if (parsed.success) return parsed.data
  throw new AppError(400, 'invalid_request', `Cannot read request: "body.${part.name}" is not valid`)
}

async function receive(
  deps: UploadDeps,
  caller: ApiCaller,
  target: UploadTarget,
  part: MultipartPart,
  bodyBytes: number | null,
): Promise<UploadedFile> {
  const organizationId =
    target.organization_id ?? (caller.kind === 'service_account' ? caller.organizationId : undefined)
  const { category } = target
  if (organizationId === undefined || category === undefined) {
    const name = category === undefined ? 'category' : 'organization_id'
    throw new AppError(400, 'invalid_request', `Cannot read request: "${name}" is missing`, {
      hint: 'Send it in the query, or as a field before the file',
    })
  }
  const name = part.filename ?? ''
  const isUnsaid = part.mediaType === null || part.mediaType === 'application/octet-stream'
  const mediaType = (isUnsaid ? mediaTypeOfName(name) : null) ?? part.mediaType ?? 'application/octet-stream'
  const begun = await begin(deps, caller, { organizationId, category, name, mediaType, bodyBytes })
  const { content, received } = limited(part.content, begun.size_bytes)
  try {
    const { sizeBytes } = await deps.storage.write(begun.bucket_id, begun.object_path, content, {
      mediaType,
      signal: deps.signal,
    })
    return uploadedFileSchema.parse({
      ...{ id: begun.file_id, organization_id: organizationId, category, name: name.trim(), media_type: mediaType },
      ...{ size_bytes: sizeBytes, state: 'quarantined', created_at: begun.created_at },
    })
  } catch (cause) {
    await abandon(deps, begun)
    const { failure, sizeBytes } = received()
    throw failure ?? refusal(cause, sizeBytes)
  }
}

const begunSchema = z.object({
  file_id: z.uuid(),
  version_number: z.number(),
  bucket_id: z.string(),
  object_path: z.string(),
  size_bytes: z.number(),
  created_at: z.string(),
})
type Begun = z.output<typeof begunSchema>

/** How large the file is nobody knows before its end: room is taken for the most it can be, and given back then. */
async function begin(
  { database }: UploadDeps,
  caller: ApiCaller,
  file: { organizationId: string; category: string; name: string; mediaType: string; bodyBytes: number | null },
): Promise<Begun> {
  const [row] = await database.asCaller(
    caller.claims,
    (sql) => sql`
      select * from public.begin_upload(${file.organizationId}, ${file.category}, ${file.name}, ${file.mediaType}, (
        select least(file_categories.largest_bytes, ${file.bodyBytes}::bigint)
        from public.file_categories where file_categories.category = ${file.category}
      ))`,
  )
  return begunSchema.parse(row)
}

async function abandon({ database, onProblem }: UploadDeps, { file_id, version_number }: Begun): Promise<void> {
  try {
    const { error } = await database.rpc('abandon_upload', { file_id, version_number })
    if (error) throw new Error(`abandon_upload failed: ${error.message}`)
  } catch (error) {
    // The job that ends old uploads comes by.
    onProblem(error)
  }
}

function limited(content: MultipartPart['content'], mostBytes: number) {
  let sizeBytes = 0
  let failure: AppError | null = null
  const reader = content.getReader()
  const stream: MultipartPart['content'] = new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (done) return controller.close()
          sizeBytes += value.byteLength
          if (sizeBytes > mostBytes) {
            throw new AppError(413, 'file_too_large', `Cannot upload file: it has more than ${mostBytes} bytes`)
          }
          controller.enqueue(value)
        } catch (error) {
          if (error instanceof AppError) failure = error
          controller.error(error)
        }
      },
      cancel: () => reader.cancel(),
    },
    { highWaterMark: 0 },
  )
  return { content: stream, received: () => ({ sizeBytes, failure }) }
}

function refusal(cause: unknown, sizeBytes: number): unknown {
  if (!(cause instanceof FileStorageError)) return cause
  if (cause.isRefused && sizeBytes === 0) {
    return new AppError(422, 'file_empty', 'Cannot upload file: it has no content', { cause })
  }
  if (cause.isRefused) return new AppError(409, 'upload_refused', 'Cannot upload file: its upload was ended', { cause })
  const headers = { 'retry-after': '5' }
  return new AppError(503, 'storage_unavailable', 'Cannot upload file: Storage cannot be reached', { cause, headers })
}
