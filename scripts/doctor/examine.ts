import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { z } from 'zod'
import type { Finding, Installation } from './check.ts'
import { checkDatabase } from './database.ts'
import { checkEnvironment } from './environment.ts'
import { checkServices } from './services.ts'

const configSchema = z.object({
  storage: z.object({ buckets: z.record(z.string(), z.object({ public: z.boolean().default(false) })) }),
  functions: z.record(z.string(), z.object({ enabled: z.boolean().default(true) })),
})

/** Looks at everything; changes nothing. @throws {Error} when the project's own config.toml cannot be read */
export async function examine(installation: Installation): Promise<Finding[]> {
  const text = await readFile(join(installation.projectFolder, 'supabase', 'config.toml'), 'utf8')
  const config = configSchema.parse(parse(text))
  const functions = Object.entries(config.functions).flatMap(([name, { enabled }]) => (enabled ? [name] : []))
  const buckets = Object.entries(config.storage.buckets).map(([name, bucket]) => ({ name, isPublic: bucket.public }))
  const [services, database] = await Promise.all([
    checkServices(installation, functions),
    checkDatabase(installation, buckets),
  ])
  return [...checkEnvironment(installation), ...services, ...database]
}
