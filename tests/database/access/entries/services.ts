import type { Cast } from '../actors.ts'
import { bucketFiles, objectPath } from './files.ts'

/** The files of one bucket that are tried, each with who may see, put, change and remove it. */
export interface BucketAccess {
  readonly bucket: string
  /** Only the backend writes: `allowed` is who may see. */
  readonly isReadOnly?: true
  readonly files: readonly {
    readonly what: string
    path(cast: Cast): string
    readonly allowed: readonly string[]
    /** Who may put it there, where only that differs. */
    readonly inserted?: readonly string[]
  }[]
}

/** The topics that are tried, each with who may follow it and who may tell there that they are present. */
export interface TopicAccess {
  readonly what: string
  topic(cast: Cast): string
  readonly follow: readonly string[]
  readonly present: readonly string[]
}

const managers = ['admin', 'owner', 'admin with the required second factor', 'service account with every scope']
const members = [
  ...['viewer', 'member', 'campaign manager', 'agent', 'custom role', ...managers],
  ...['admin of a suspended organization', 'admin without the required second factor'],
  ...['app that may read, of the owner', 'app that may read, of a member'],
  ...['impersonated owner', 'impersonated member'],
]
const present = [...members].filter((name) => !/app|impersonated|account/.test(name))
const oneself = ['member']
const seenAsMember = [...oneself, 'impersonated member']

/** Paths that mean another folder to whoever resolves them. */
const traversals = (folder: (cast: Cast) => string) => [
  { what: 'a way out of the own folder', path: (cast: Cast) => `../${folder(cast)}/x.png`, allowed: [] },
  { what: 'a way through an empty folder', path: (cast: Cast) => `/${folder(cast)}/x.png`, allowed: [] },
  { what: 'a name that begins like the folder', path: (cast: Cast) => `${folder(cast)}x/x.png`, allowed: [] },
  { what: 'the folder in capitals', path: (cast: Cast) => `${folder(cast).toUpperCase()}/x.png`, allowed: [] },
  { what: 'no folder', path: () => 'x.png', allowed: [] },
]

const closed = [
  { what: "a person's folder", path: (cast: Cast) => `${cast.organization.member.id}/x.png`, allowed: [] },
  { what: "the organization's folder", path: (cast: Cast) => `${cast.organization.id}/x.png`, allowed: [] },
]

/** Who has `files.read`: no second factor, no files. */
const readers = members.filter((name) => name !== 'admin without the required second factor')
/** Who sees a private file of the member: its uploader, and who has `files.manage`. */
const insiders = [...oneself, ...managers]

/** A file of the member in each state. Nobody changes or removes its object but the backend. */
const filesIn = (bucket: (typeof bucketFiles)[number]['bucket']) => {
  const { category = '', isPrivate = false } = bucketFiles.find((file) => file.bucket === bucket) ?? {}
  const at = (state: Parameters<typeof objectPath>[3]) => (cast: Cast) =>
    objectPath(cast.organization.id, bucket, category, state)
  return [
    { what: 'a clean file', path: at('clean'), allowed: isPrivate ? insiders : readers },
    { what: 'a file in quarantine', path: at('quarantined'), allowed: [] },
    { what: 'an infected file', path: at('infected'), allowed: [] },
    { what: 'a file that the member uploads', path: at('uploading'), allowed: [], inserted: oneself },
  ]
}

// A bucket of config.toml without an entry fails the suite.
export const buckets: readonly BucketAccess[] = [
  {
    bucket: 'avatars',
    isReadOnly: true,
    files: [
      { what: "a member's picture", path: (cast) => `${cast.organization.member.id}/x.png`, allowed: oneself },
      { what: "the organization's logo", path: (cast) => `${cast.organization.id}/x.png`, allowed: managers },
      ...traversals((cast) => cast.organization.id),
    ],
  },
  {
    bucket: 'picture-uploads',
    files: [
      { what: "a member's picture", path: (cast) => `${cast.organization.member.id}/x.png`, allowed: oneself },
      { what: "the organization's logo", path: (cast) => `${cast.organization.id}/x.png`, allowed: managers },
      { what: "another tenant's logo", path: (cast) => `${cast.otherOrganizationId}/x.png`, allowed: ['outsider'] },
      ...traversals((cast) => cast.organization.id),
      ...traversals((cast) => cast.organization.member.id),
    ],
  },
  {
    bucket: 'exports',
    isReadOnly: true,
    files: [
      { what: "a member's export", path: (cast) => `${cast.organization.member.id}/x.zip`, allowed: oneself },
      { what: "the organization's folder", path: (cast) => `${cast.organization.id}/x.zip`, allowed: [] },
      ...traversals((cast) => cast.organization.member.id),
      ...filesIn('exports'),
    ],
  },
  ...bucketFiles
    .filter(({ bucket }) => bucket !== 'exports')
    .map(({ bucket }) => ({ bucket, isReadOnly: true as const, files: [...closed, ...filesIn(bucket)] })),
  { bucket: 'no-such-bucket', files: closed },
]

export const topics: readonly TopicAccess[] = [
  {
    what: "a person's own",
    topic: (cast) => `user:${cast.organization.member.id}`,
    follow: seenAsMember,
    present: [],
  },
  {
    what: "the organization's",
    topic: (cast) => `organization:${cast.organization.id}:${cast.topicEpoch}`,
    // Programs follow no channels.
    follow: members.filter((name) => !/account|^app /.test(name)),
    // Who looks on in another's name is not there.
    present,
  },
  {
    what: "the organization's, of an earlier epoch",
    topic: (cast) => `organization:${cast.organization.id}:${cast.topicEpoch - 1}`,
    follow: [],
    present: [],
  },
  ...['organization', 'organization:%', 'user:%', 'user', 'realtime', '*', ''].map((topic) => ({
    what: `"${topic}"`,
    topic: () => topic,
    follow: [],
    present: [],
  })),
  {
    what: "the organization's with a further part",
    topic: (cast) => `organization:${cast.organization.id}:${cast.topicEpoch}:x`,
    follow: [],
    present: [],
  },
  {
    what: "the organization's as another kind",
    topic: (cast) => `user:${cast.organization.id}`,
    follow: [],
    present: [],
  },
]
