import { randomBytes } from 'node:crypto'

/** What a client said about itself, with the reference that identifies this saying of it. */
export type PresenceMeta = Readonly<Record<string, unknown>> & { readonly phx_ref: string }

/** Presences by key, as the protocol sends them. */
export type PresenceEntries = Record<string, { metas: PresenceMeta[] }>

/** Difference between two moments of a topic's presence. */
export interface PresenceDiff {
  readonly joins: PresenceEntries
  readonly leaves: PresenceEntries
}

/** Who is present on one topic. `Owner` is what a presence lives and dies with: a joined channel. */
export interface TopicPresence<Owner> {
  /** Adds or replaces what `owner` says about itself. */
  track(owner: Owner, key: string, payload: Readonly<Record<string, unknown>>): void
  /** Removes what `owner` said; nothing happens when it said nothing. */
  untrack(owner: Owner): void
  state(): PresenceEntries
  /** What changed since the last call; null when nothing did. */
  takeDiff(): PresenceDiff | null
}

/** One entry of a topic. */
interface Entry {
  readonly key: string
  readonly meta: PresenceMeta
}

/** Makes the presence of a topic on which nobody is present. */
export function createTopicPresence<Owner>(): TopicPresence<Owner> {
  const present = new Map<Owner, Entry>()
  const joins = new Map<string, Entry>()
  const leaves = new Map<string, Entry>()

  const remove = (entry: Entry) => {
    // Nobody was told of it yet, so nobody need be told that it is gone.
    if (!joins.delete(entry.meta.phx_ref)) leaves.set(entry.meta.phx_ref, entry)
  }

  return {
    track(owner, key, payload) {
      const previous = present.get(owner)
      const phxRef = randomBytes(12).toString('base64url')
      const meta: PresenceMeta = {
        ...payload,
        phx_ref: phxRef,
        ...(previous ? { phx_ref_prev: previous.meta.phx_ref } : {}),
      }
      const entry = { key, meta }
      if (previous) remove(previous)
      present.set(owner, entry)
      joins.set(phxRef, entry)
    },
    untrack(owner) {
      const entry = present.get(owner)
      if (!entry) return
      present.delete(owner)
      remove(entry)
    },
    state: () => group(present.values()),
    takeDiff() {
      if (joins.size === 0 && leaves.size === 0) return null
      const diff = { joins: group(joins.values()), leaves: group(leaves.values()) }
      joins.clear()
      leaves.clear()
      return diff
    },
  }
}

function group(entries: Iterable<Entry>): PresenceEntries {
  // Keys come from clients: no prototype that one of them could name.
  const groups: PresenceEntries = Object.create(null)
  for (const { key, meta } of entries) {
    groups[key] ??= { metas: [] }
    groups[key].metas.push(meta)
  }
  return groups
}
