import { Hono } from 'hono'
import { createIds } from '../ids.ts'
import type { LiveEvents } from '../live_events.ts'
import { parseBody } from '../requests.ts'
import { type NewRecording, newRecordingSchema, type Recording } from './recording_schemas.ts'

/** The newest requests that edge functions answered. */
export interface Recordings {
  /** @throws {ZodError} when it is not as the schema says */
  add(recording: NewRecording): Recording
  readonly routes: Hono
}

const keptCount = 500

/** Makes an empty list with its routes, mounted at `/api/recordings`. */
export function createRecordings(events: LiveEvents): Recordings {
  const nextId = createIds()
  let kept: Recording[] = []

  const add = (input: NewRecording): Recording => {
    const { path, ...rest } = newRecordingSchema.parse(input)
    const recording = { ...rest, path: withoutSecrets(path), id: nextId(), at: new Date().toISOString() }
    kept = [recording, ...kept].slice(0, keptCount)
    events.publish({ name: 'recording', data: recording })
    return recording
  }

  const routes = new Hono()
  routes.get('/', (c) => c.json({ recordings: kept }))
  routes.post('/', async (c) => c.json(add(await parseBody(c, newRecordingSchema)), 201))
  routes.delete('/', (c) => {
    kept = []
    events.publish({ name: 'recordings_cleared', data: {} })
    return c.body(null, 204)
  })
  return { add, routes }
}

/** Some links carry their token in the path: a long part that is no plain id is struck out, and so is any query. */
function withoutSecrets(path: string): string {
  const parts = (path.split(/[?#]/, 1)[0] ?? path).split('/')
  return parts.map((part) => (part.length >= 24 && !isPlain(part) ? '•••' : part)).join('/')
}

function isPlain(part: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(part) || /^[a-z]+([-_][a-z]+)*$/.test(part)
}
