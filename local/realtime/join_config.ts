import { z } from 'zod'

/** Clients of all ages join: what is missing or of an odd type counts as its default, as the hosted service reads it. */
const flag = z.preprocess((value) => value === true || value === 'true', z.boolean())

const replayShape = z.object({
  since: z.number().int().nonnegative().nullish(),
  limit: z.number().int().nullish(),
})

const configShape = z.object({
  private: flag,
  broadcast: z.object({ self: flag, ack: flag, replay: z.unknown().optional() }).catch({ self: false, ack: false }),
  presence: z
    .object({ enabled: flag, key: z.union([z.string(), z.number(), z.boolean()]).transform(String).catch('') })
    .catch({ enabled: false, key: '' }),
  postgres_changes: z.array(z.unknown()).catch([]),
})

const joinShape = z.object({
  config: configShape.catch({
    private: false,
    broadcast: { self: false, ack: false },
    presence: { enabled: false, key: '' },
    postgres_changes: [],
  }),
  access_token: z.string().nullish().catch(null),
  user_token: z.string().nullish().catch(null),
})

/** What a client asks for when it joins. */
export interface JoinConfig {
  readonly isPrivate: boolean
  readonly self: boolean
  readonly ack: boolean
  readonly presenceEnabled: boolean
  /** Empty when the service is to choose one. */
  readonly presenceKey: string
  readonly wantsPostgresChanges: boolean
  /** Null when nothing is to be replayed, `invalid` when the parameters make no sense. */
  readonly replay: { readonly since: number; readonly limit: number } | 'invalid' | null
  readonly token: string | null
}

const mostReplayed = 25
const usuallyReplayed = 10

/** Reads the payload of `phx_join`. */
export function readJoinConfig(payload: unknown): JoinConfig {
  const {
    config,
    access_token: accessToken,
    user_token: userToken,
  } = joinShape.catch(joinShape.parse({})).parse(payload)
  return {
    isPrivate: config.private,
    self: config.broadcast.self,
    ack: config.broadcast.ack,
    presenceEnabled: config.presence.enabled,
    presenceKey: config.presence.key,
    wantsPostgresChanges: config.postgres_changes.length > 0,
    replay: readReplay(config.broadcast.replay),
    token: userToken ?? accessToken ?? null,
  }
}

function readReplay(value: unknown): JoinConfig['replay'] {
  if (value === undefined || value === null || value === false) return null
  const parsed = replayShape.safeParse(value)
  if (!parsed.success) return 'invalid'
  const { since, limit } = parsed.data
  return { since: since ?? 0, limit: Math.max(1, Math.min(limit ?? usuallyReplayed, mostReplayed)) }
}
