import { z } from '@hono/zod-openapi'
import { AppError } from '../http/mod.ts'
import { callRpc, type RpcClient, type Settings } from '../platform/mod.ts'
import type { Clock } from '../runtime/mod.ts'
import { signDownload } from './download_link.ts'
import type { FileStorage } from './storage.ts'

/** What somebody sees of a share link. */
export const sharedFileSchema = z
  .object({
    is_password_required: z.boolean().openapi({ description: 'Then nothing else is told before the download' }),
    name: z.string().nullable(),
    media_type: z.string().nullable(),
    size_bytes: z.number().int().nullable(),
    organization: z.string().nullable().openapi({ description: 'Who shares it' }),
    expires_at: z.string().openapi({ description: 'Until when the link works' }),
  })
  .openapi('SharedFile')

/** What {@link lookAtShareLink} and {@link downloadShared} need. */
export interface ShareLinkDeps {
  /** With the rights of the backend: who has the link needs no account. */
  readonly db: RpcClient
  readonly storage: FileStorage
  readonly settings: Settings
  readonly clock: Clock
}

/** Who opens a link, for its log. */
export interface Visitor {
  readonly address: string | null
  readonly userAgent: string | null
}

const openSchema = z.object({
  outcome: z.literal('open'),
  name: z.string(),
  media_type: z.string(),
  size_bytes: z.number(),
  organization: z.string(),
  expires_at: z.string(),
  bucket_id: z.string().optional(),
  object_path: z.string().optional(),
})
const answerSchema = z.discriminatedUnion('outcome', [
  openSchema,
  z.object({ outcome: z.literal('password_required'), expires_at: z.string() }),
  z.object({ outcome: z.literal('password_wrong') }),
  z.object({ outcome: z.literal('not_found') }),
])

/**
 * Tells what is behind a link, and logs the look.
 *
 * @throws {AppError} 404 `share_link_not_found` for all links that do not work (any more)
 */
export async function lookAtShareLink(
  deps: Pick<ShareLinkDeps, 'db'>,
  token: string,
  visitor: Visitor,
): Promise<z.output<typeof sharedFileSchema>> {
  const answer = await open(deps.db, { token, ...of(visitor) })
  if (answer.outcome === 'open') {
    const { name, media_type, size_bytes, organization, expires_at } = answer
    return { is_password_required: false, name, media_type, size_bytes, organization, expires_at }
  }
  if (answer.outcome !== 'password_required') throw notFound()
  const nothing = { name: null, media_type: null, size_bytes: null, organization: null }
  return { is_password_required: true, ...nothing, expires_at: answer.expires_at }
}

/**
 * Makes a link to the content for some minutes: counted, logged and in the audit log of the organization.
 *
 * @throws {AppError} 404 `share_link_not_found`, 403 `share_link_password_required` or `share_link_password_wrong`,
 * 503 `storage_unavailable`
 */
export async function downloadShared(
  { db, storage, settings, clock }: ShareLinkDeps,
  given: { token: string; password: string | undefined },
  visitor: Visitor,
): Promise<{ url: string; expires_at: string }> {
  const { token, password = null } = given
  const answer = await open(db, { token, password, does_download: true, ...of(visitor) })
  if (answer.outcome === 'not_found') throw notFound()
  if (answer.outcome !== 'open') {
    const isWrong = answer.outcome === 'password_wrong'
    throw new AppError(
      403,
      isWrong ? 'share_link_password_wrong' : 'share_link_password_required',
      isWrong ? 'Cannot download: the password is wrong' : 'Cannot download: the link asks for a password',
      { hint: 'Ask whoever gave you the link' },
    )
  }
  const { bucket_id = '', object_path = '', name } = answer
  return signDownload({ storage, settings, clock }, { bucket_id, object_path, name })
}

const of = ({ address, userAgent }: Visitor) => ({ address, user_agent: userAgent })

async function open(db: RpcClient, parameters: object) {
  return answerSchema.parse(await callRpc(db, 'open_share_link', parameters))
}

const notFound = () =>
  new AppError(404, 'share_link_not_found', 'There is no such link, or it does not work any more', {
    hint: 'Ask whoever gave you the link for a new one',
  })
