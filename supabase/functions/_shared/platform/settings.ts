import type { z } from '@hono/zod-openapi'
import { type Clock, systemClock } from '../runtime/mod.ts'
import type { RpcClient } from './job_queue.ts'

/** The settings of this installation, as functions read them. */
export interface Settings {
  /**
   * The value of a setting: the organization's, else the installation's, else the default.
   *
   * @param schema what the value must be
   * @throws {Error} when there is no such setting or the database cannot be reached
   * @throws {z.ZodError} when the value is of another kind
   */
  read<Schema extends z.ZodType>(key: string, schema: Schema, organizationId?: string): Promise<z.output<Schema>>
}

/**
 * Settings behind `get_setting`, kept for a while so that a loop may ask each time. A change is seen when the time is
 * over. What failed is asked again at once.
 *
 * @param client with a secret key
 * @param options.maxAgeSeconds how long an answer counts, 30 unless said otherwise
 */
export function cachedSettings(
  client: RpcClient,
  { maxAgeSeconds = 30, clock = systemClock }: { maxAgeSeconds?: number; clock?: Clock } = {},
): Settings {
  const answers = new Map<string, { value: Promise<unknown>; until: number }>()

  async function ask(key: string, organizationId: string | undefined): Promise<unknown> {
    const { data, error } = await client.rpc('get_setting', { key, organization_id: organizationId ?? null })
    if (error) throw new Error(`Cannot read setting "${key}": ${error.message}`)
    return data
  }

  return {
    async read(key, schema, organizationId) {
      const name = `${key} ${organizationId ?? ''}`
      const now = clock.now().getTime()
      let answer = answers.get(name)
      if (!answer || answer.until <= now) {
        // A process serves many organizations: answers whose time is over must not pile up.
        for (const [other, { until }] of answers) if (until <= now) answers.delete(other)
        answer = { value: ask(key, organizationId), until: now + maxAgeSeconds * 1000 }
        answers.set(name, answer)
        const asked = answer
        asked.value.catch(() => {
          if (answers.get(name) === asked) answers.delete(name)
        })
      }
      return schema.parse(await answer.value)
    },
  }
}
