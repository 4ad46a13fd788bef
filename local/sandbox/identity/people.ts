import { createHash } from 'node:crypto'
import { Hono } from 'hono'
import { z } from 'zod'
import type { LiveEvents } from '../live_events.ts'
import { parseBody } from '../requests.ts'

/** A person who can sign in at every identity provider of the sandbox. */
export const personSchema = z.strictObject({
  /** The provider's lasting id of the person. */
  sub: z.string().regex(/^[\w.@:-]{1,128}$/, 'Only letters, digits and _ . @ : -'),
  name: z.string().trim().min(1).max(200),
  /** Null when the person shares none. */
  email: z.email().max(320).nullable().default(null),
  emailVerified: z.boolean().default(true),
  /** Web address, or a path of the sandbox. */
  picture: z
    .string()
    .regex(/^(https?:\/\/|\/)\S{1,2000}$/, 'A web address')
    .nullable()
    .default(null),
  /** LinkedIn and GitHub know it; null when the profile has none. */
  company: z.string().trim().min(1).max(200).nullable().default(null),
  /** LinkedIn alone knows it; null when the profile has none. */
  position: z.string().trim().min(1).max(200).nullable().default(null),
})

/** @see personSchema */
export type Person = z.infer<typeof personSchema>
/** What may be said of a person. */
export type PersonInput = z.input<typeof personSchema>

const peopleSchema = z.strictObject({
  people: z.array(personSchema).max(200).optional(),
  /** Answers at once where the request says who signs in (`login_hint`), without the page. */
  auto: z.boolean().optional(),
})

/** What `PUT /api/identity/people` takes; what is left out stays. */
export type PeopleInput = z.input<typeof peopleSchema>

/** Answer of `/api/identity/people`. */
export const peopleAnswerSchema = z.object({ people: z.array(personSchema), auto: z.boolean() })

/** The people whom the identity providers know. */
export interface People {
  list(): readonly Person[]
  find(sub: string): Person | null
  /** Adds a person, or changes the one with the same `sub`. */
  keep(person: Person): void
  isAuto(): boolean
  /** Routes of `/api/identity/people`. */
  readonly routes: Hono
}

/** A newcomer finds a full profile, one without an e-mail, and one without a position. */
const preparedPeople: readonly Person[] = [
  prepared('ana-okafor', {
    name: 'Ana Okafor',
    email: 'ana.okafor@example.test',
    company: 'Northwind',
    position: 'CFO',
  }),
  prepared('ben-keller', { name: 'Ben Keller', email: null, company: 'Keller & Sons', position: 'Founder' }),
  prepared('chidi-rao', { name: 'Chidi Rao', email: 'chidi.rao@example.test', emailVerified: false }),
]

/** Makes the list, with three people to begin with. */
export function createPeople(events: LiveEvents): People {
  let people = preparedPeople
  let auto = false
  const changed = () => events.publish({ name: 'people_changed', data: {} })

  const routes = new Hono()
  routes.get('/', (c) => c.json({ people, auto }))
  routes.put('/', async (c) => {
    const input = await parseBody(c, peopleSchema)
    people = input.people ?? people
    auto = input.auto ?? auto
    changed()
    return c.json({ people, auto })
  })
  routes.delete('/', (c) => {
    people = preparedPeople
    auto = false
    changed()
    return c.json({ people, auto })
  })

  return {
    list: () => people,
    find: (sub) => people.find((person) => person.sub === sub) ?? null,
    keep(person) {
      const isKnown = people.some(({ sub }) => sub === person.sub)
      people = isKnown ? people.map((known) => (known.sub === person.sub ? person : known)) : [...people, person]
      changed()
    },
    isAuto: () => auto,
    routes,
  }
}

function prepared(sub: string, rest: Omit<PersonInput, 'sub' | 'picture'>): Person {
  return personSchema.parse({ sub, ...rest, picture: `/identity/pictures/${sub}.svg` })
}

/** First and last word of a name, as providers split it. */
export function splitName(name: string): { given: string; family: string } {
  const [given = '', ...rest] = name.split(/\s+/)
  return { given, family: rest.join(' ') }
}

/** A number that stays the same for a `sub`, where a provider counts its people. */
export function numberOf(sub: string): number {
  return /^\d{1,15}$/.test(sub) ? Number(sub) : createHash('sha256').update(sub).digest().readUIntBE(0, 5)
}

/** Initials on a colour, for people whose picture the sandbox itself hands out. */
export const pictureRoutes = new Hono().get('/:file{.+\\.svg}', (c) => {
  const sub = c.req.param('file').slice(0, -'.svg'.length)
  const letters = (sub.match(/[a-z0-9]+/gi) ?? []).slice(0, 2).map((word) => word.slice(0, 1).toUpperCase())
  const picture = [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96">',
    `<rect width="96" height="96" fill="hsl(${numberOf(sub) % 360} 45% 34%)"/>`,
    '<text x="48" y="50" fill="#fff" font-family="sans-serif" font-size="38" text-anchor="middle"',
    ` dominant-baseline="middle">${letters.join('')}</text></svg>`,
  ].join('')
  return c.body(picture, 200, {
    'content-type': 'image/svg+xml',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'cross-origin-resource-policy': 'cross-origin',
  })
})
