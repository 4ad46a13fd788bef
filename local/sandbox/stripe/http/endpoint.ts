import type { z } from 'zod'
import { hash } from '../parameters.ts'
import type { Kind, Objects } from '../store.ts'
import type { StripeWorld } from '../world.ts'
import type { Form } from './form_body.ts'
import { type Listing, listShape, pageOf } from './lists.ts'
import { readParameters } from './read_parameters.ts'

/** An object, a list, or what is left of a deleted object. */
export type Answer = Readonly<Record<string, unknown>>

/** One operation of the API. */
export interface Endpoint {
  readonly method: 'delete' | 'get' | 'post'
  /** Below `/v1`; `:id` stands for an id. */
  readonly path: string
  /**
   * Reads the parameters, and answers what carries the request out.
   *
   * @throws {StripeError} when the parameters are wrong, and nothing has happened then
   */
  prepare(form: Form, ids: Readonly<Record<string, string>>): (world: StripeWorld) => Answer
}

/** An operation with the parameters of `schema`. */
export function endpoint<Schema extends z.ZodType>(
  method: Endpoint['method'],
  path: string,
  schema: Schema,
  run: (world: StripeWorld, given: z.output<Schema>, id: string, ids: Readonly<Record<string, string>>) => Answer,
): Endpoint {
  return {
    method,
    path,
    prepare(form, ids) {
      const given = readParameters(schema, form)
      return (world) => run(world, given, ids.id ?? '', ids)
    },
  }
}

/** No parameters but `expand`. */
export const none = hash({})

/** Reads one object, also what is left of it. */
export function retrieving(path: string, kind: Kind): Endpoint {
  return endpoint('get', `${path}/:id`, none, ({ core }, _, id) => {
    const left = core.store.deleted(id)
    return left?.object === kind ? left : core.store.get(kind, id)
  })
}

/** A list of all objects of a kind that match. */
export function listing<K extends Kind, Shape extends z.ZodRawShape>(
  path: string,
  kind: K,
  shape: Shape,
  matches: (object: Objects[K], given: z.output<z.ZodObject<Shape>>, world: StripeWorld) => boolean,
): Endpoint {
  const page = hash(listShape)
  const filters = hash(shape)
  return {
    method: 'get',
    path,
    prepare(form) {
      const names = Object.keys(shape)
      const part = (wanted: boolean) =>
        Object.fromEntries(Object.entries(form).filter(([name]) => names.includes(name) === wanted))
      const paging = readParameters(page, part(false))
      const given = readParameters(filters, part(true))
      return (world): Listing<Objects[K]> => {
        const objects = world.core.store.all(kind).filter((object) => matches(object, given, world))
        return pageOf(objects, paging, { url: `/v1${path}`, kind })
      }
    },
  }
}
