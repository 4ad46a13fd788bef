import { requireCaller } from '../caller.ts'
import type { Operation } from '../database.ts'
import { notEnabled } from '../errors.ts'
import {
  callerFinder,
  type Finder,
  objectInfo,
  openFinder,
  publicFinder,
  serveImage,
  serveObject,
  signedFinder,
} from '../objects/read.ts'
import type { ServeOptions } from '../objects/serve.ts'
import { verifyDownload } from '../objects/signing.ts'
import { transformSchema } from '../renders.ts'
import type { Handler, Route, RouteContext } from './route.ts'

/** How a route finds the object for whoever asks. */
type Access = (context: RouteContext, operation: Operation) => Promise<Finder>

const anybody: Access = async ({ storage, object }) => publicFinder(storage, object())
const tokenHolder: Access = async ({ storage, request, object }, operation) =>
  callerFinder(storage, await requireCaller(storage.tokens, request), object(), operation)
const anybodyOrTokenHolder: Access = ({ storage, request, object }, operation) =>
  openFinder(storage, request, object(), operation)

const serveFile =
  (access: Access, operation: Operation): Handler =>
  async (context) => {
    const { storage, request, response } = context
    requireNoVersion(context)
    await serveObject(storage, request, response, await access(context, operation), serveOptions(context))
    return undefined
  }

const serveInfo =
  (access: Access, operation: Operation): Handler =>
  async (context) => {
    requireNoVersion(context)
    const find = await access(context, operation)
    return objectInfo(await find())
  }

const render =
  (access: Access, operation: Operation): Handler =>
  async (context) => {
    const { storage, request, response } = context
    const transform = request.queryAs(transformSchema)
    const find = await access(context, operation)
    await serveImage(storage, request, response, find, transform, serveOptions(context))
    return undefined
  }

const serveSigned: Handler = async (context) => {
  const { storage, request, response, object } = context
  const { expires } = await verifyDownload(storage, request.query.get('token'), object())
  const options = { ...serveOptions(context), expires }
  await serveObject(storage, request, response, signedFinder(storage, object()), options)
  return undefined
}

const renderSigned: Handler = async (context) => {
  const { storage, request, response, object } = context
  const { expires, transform } = await verifyDownload(storage, request.query.get('token'), object())
  const options = { ...serveOptions(context), expires }
  await serveImage(storage, request, response, signedFinder(storage, object()), transform, options)
  return undefined
}

function serveOptions({ request }: RouteContext): ServeOptions {
  return { download: request.query.get('download') }
}

function requireNoVersion({ request }: RouteContext): void {
  if (request.query.has('versionId')) throw notEnabled('object versioning')
}

const read = ['GET', 'HEAD']

/** Routes that give out objects and images made of them. */
export const readRoutes: readonly Route[] = [
  { methods: read, path: '/object/public/:bucket/*', handle: serveFile(anybody, 'storage.object.get_public') },
  {
    methods: read,
    path: '/object/authenticated/:bucket/*',
    handle: serveFile(anybodyOrTokenHolder, 'storage.object.get_authenticated'),
  },
  {
    methods: read,
    path: '/object/:bucket/*',
    handle: serveFile(anybodyOrTokenHolder, 'storage.object.get_authenticated'),
  },
  { methods: read, path: '/object/sign/:bucket/*', handle: serveSigned },
  { methods: read, path: '/object/info/public/:bucket/*', handle: serveInfo(anybody, 'storage.object.info_public') },
  {
    methods: read,
    path: '/object/info/authenticated/:bucket/*',
    handle: serveInfo(tokenHolder, 'storage.object.info_authenticated'),
  },
  {
    methods: read,
    path: '/object/info/:bucket/*',
    handle: serveInfo(tokenHolder, 'storage.object.info_authenticated'),
  },
  { methods: read, path: '/render/image/public/:bucket/*', handle: render(anybody, 'storage.render.image_public') },
  {
    methods: read,
    path: '/render/image/authenticated/:bucket/*',
    handle: render(tokenHolder, 'storage.render.image_authenticated'),
  },
  { methods: read, path: '/render/image/sign/:bucket/*', handle: renderSigned },
]
