import {
  createBucket,
  createBucketSchema,
  deleteBucket,
  emptyBucket,
  getBucket,
  listBuckets,
  listBucketsSchema,
  updateBucket,
  updateBucketSchema,
} from '../buckets.ts'
import { notEnabled } from '../errors.ts'
import { ok } from '../http.ts'
import type { Handler, Route } from './route.ts'

const refuse =
  (feature: string): Handler =>
  async () => {
    throw notEnabled(feature)
  }

/** Routes of buckets, and of what this service leaves out. */
export const bucketRoutes: readonly Route[] = [
  {
    methods: ['GET'],
    path: '/bucket',
    handle: async ({ storage, request, caller }) =>
      ok(await listBuckets(storage, await caller(), request.queryAs(listBucketsSchema))),
  },
  {
    methods: ['POST'],
    path: '/bucket',
    handle: async ({ storage, request, caller }) =>
      ok(await createBucket(storage, await caller(), await request.json(createBucketSchema))),
  },
  {
    methods: ['GET'],
    path: '/bucket/:bucket',
    handle: async ({ storage, bucket, caller }) => ok(await getBucket(storage, await caller(), bucket())),
  },
  {
    methods: ['PUT'],
    path: '/bucket/:bucket',
    async handle({ storage, request, bucket, caller }) {
      await updateBucket(storage, await caller(), bucket(), await request.json(updateBucketSchema))
      return ok({ message: 'Successfully updated' })
    },
  },
  {
    methods: ['POST'],
    path: '/bucket/:bucket/empty',
    async handle({ storage, bucket, caller }) {
      await emptyBucket(storage, await caller(), bucket())
      return ok({ message: 'Successfully emptied' })
    },
  },
  {
    methods: ['DELETE'],
    path: '/bucket/:bucket',
    async handle({ storage, bucket, caller }) {
      await deleteBucket(storage, await caller(), bucket())
      return ok({ message: 'Successfully deleted' })
    },
  },
  { methods: ['GET', 'PUT', 'DELETE'], path: '/bucket/:bucket/lifecycle', handle: refuse('bucket lifecycle') },
  { methods: ['DELETE'], path: '/cdn/:bucket', handle: refuse('cache purging') },
  { methods: ['DELETE'], path: '/cdn/:bucket/*', handle: refuse('cache purging') },
  ...['s3', 'iceberg', 'vector', 'upload/resumable'].flatMap((prefix) => {
    const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']
    const handle = refuse(prefix === 'upload/resumable' ? 'resumable upload' : prefix)
    return [
      { methods, path: `/${prefix}`, handle },
      { methods, path: `/${prefix}/*`, handle },
    ]
  }),
]
