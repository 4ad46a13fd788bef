import { z } from 'zod'
import { notEnabled } from '../errors.ts'
import { ok, type StorageRequest } from '../http.ts'
import { requireBucketName, requireKey } from '../names.ts'
import { copyObject, moveObject, removeObject, removeObjects } from '../objects/changes.ts'
import { listFolder, listPage, listSchema, listV2Schema } from '../objects/listing.ts'
import { signObject, signObjects, signUpload, verifyUpload } from '../objects/signing.ts'
import { uploadObject } from '../objects/upload.ts'
import { transformSchema } from '../renders.ts'
import type { Handler, Route } from './route.ts'

const longestBatch = 1000

const removeSchema = z.object({
  prefixes: z
    .array(z.union([z.string(), z.object({ path: z.string(), versionId: z.string() })]))
    .min(1)
    .max(longestBatch),
})
const expiresIn = z.number().int().min(1)
const signSchema = z.object({
  expiresIn,
  transform: transformSchema.prefault({}),
  versionId: z.string().optional(),
})
const signManySchema = z.object({ expiresIn, paths: z.array(z.string()).min(1).max(longestBatch) })
const moveSchema = z.object({
  bucketId: z.string().min(1),
  sourceKey: z.string().min(1),
  destinationKey: z.string().min(1),
  destinationBucket: z.string().nullish(),
  sourceVersionId: z.string().nullish(),
})
const copySchema = moveSchema.extend({
  copyMetadata: z.boolean().default(true),
  metadata: z.looseObject({ cacheControl: z.string().optional(), mimetype: z.string().optional() }).nullish(),
})

const upload =
  (method: 'POST' | 'PUT'): Handler =>
  async ({ storage, request, object, caller }) => {
    const sender = await caller()
    const { id, path } = await uploadObject(storage, request, {
      ...object(),
      isUpsert: method === 'PUT' || wantsUpsert(request),
      caller: sender,
      subject: sender.subject,
      operation: method === 'PUT' ? 'storage.object.upload_update' : 'storage.object.upload',
    })
    return ok({ Id: id, Key: path })
  }

function wantsUpsert(request: StorageRequest): boolean {
  return request.header('x-upsert') === 'true'
}

/** Both ends of a move or a copy. */
function readEnds(body: z.infer<typeof moveSchema>) {
  if (body.sourceVersionId) throw notEnabled('object versioning')
  const bucket = requireBucketName(body.bucketId)
  return {
    from: { bucket, name: requireKey(body.sourceKey) },
    to: { bucket: requireBucketName(body.destinationBucket ?? bucket), name: requireKey(body.destinationKey) },
  }
}

/** Routes that change, list and sign objects. */
export const objectRoutes: readonly Route[] = [
  { methods: ['POST'], path: '/object/:bucket/*', handle: upload('POST') },
  { methods: ['PUT'], path: '/object/:bucket/*', handle: upload('PUT') },
  {
    methods: ['DELETE'],
    path: '/object/:bucket/*',
    async handle({ storage, object, caller }) {
      await removeObject(storage, await caller(), object())
      return ok({ message: 'Successfully deleted' })
    },
  },
  {
    methods: ['DELETE'],
    path: '/object/:bucket',
    async handle({ storage, request, bucket, caller }) {
      const sender = await caller()
      const { prefixes } = await request.json(removeSchema)
      const names = prefixes.map((entry) => {
        if (typeof entry !== 'string') throw notEnabled('object versioning')
        return entry
      })
      return ok(await removeObjects(storage, sender, bucket(), names))
    },
  },
  {
    methods: ['POST'],
    path: '/object/move',
    async handle({ storage, request, caller }) {
      const sender = await caller()
      const { from, to } = readEnds(await request.json(moveSchema))
      const moved = await moveObject(storage, sender, from, to)
      return ok({ message: 'Successfully moved', Id: moved.id, Key: `${to.bucket}/${to.name}` })
    },
  },
  {
    methods: ['POST'],
    path: '/object/copy',
    async handle({ storage, request, caller }) {
      const sender = await caller()
      const body = await request.json(copySchema)
      const { from, to } = readEnds(body)
      const { cacheControl, mimetype } = body.metadata ?? {}
      const copy = await copyObject(storage, sender, from, to, {
        isUpsert: wantsUpsert(request),
        copiesMetadata: body.copyMetadata,
        metadata: { cacheControl, mimetype },
        userMetadata: null,
      })
      return ok({ Id: copy.id, Key: `${to.bucket}/${to.name}`, ...copy })
    },
  },
  {
    methods: ['POST'],
    path: '/object/list/:bucket',
    handle: async ({ storage, request, bucket, caller }) =>
      ok(await listFolder(storage, await caller(), bucket(), await request.json(listSchema))),
  },
  {
    methods: ['POST'],
    path: '/object/list-v2/:bucket',
    handle: async ({ storage, request, bucket, caller }) =>
      ok(await listPage(storage, await caller(), bucket(), await request.json(listV2Schema))),
  },
  {
    methods: ['POST'],
    path: '/object/sign/:bucket/*',
    async handle({ storage, request, object, caller }) {
      const sender = await caller()
      const body = await request.json(signSchema)
      if (body.versionId) throw notEnabled('object versioning')
      return ok({ signedURL: await signObject(storage, sender, object(), body.expiresIn, body.transform) })
    },
  },
  {
    methods: ['POST'],
    path: '/object/sign/:bucket',
    async handle({ storage, request, bucket, caller }) {
      const sender = await caller()
      const body = await request.json(signManySchema)
      return ok(await signObjects(storage, sender, bucket(), body.paths, body.expiresIn))
    },
  },
  {
    methods: ['POST'],
    path: '/object/upload/sign/:bucket/*',
    handle: async ({ storage, request, object, caller }) =>
      ok(await signUpload(storage, await caller(), object(), wantsUpsert(request))),
  },
  {
    methods: ['PUT'],
    path: '/object/upload/sign/:bucket/*',
    async handle({ storage, request, object }) {
      const path = object()
      const { subject, isUpsert } = await verifyUpload(storage, request.query.get('token'), path)
      const uploaded = await uploadObject(storage, request, {
        ...path,
        isUpsert,
        caller: null,
        subject,
        operation: 'storage.object.upload_signed',
      })
      return ok({ Key: uploaded.path })
    },
  },
]
