import { z } from 'zod'
import { parseSize } from './sizes.ts'

/** A size in bytes: a number, or a text such as `50MiB` as the CLI writes it. */
const size = z.union([z.number().int().nonnegative(), z.string()]).transform((value, context) => {
  const bytes = typeof value === 'number' ? value : parseSize(value)
  if (bytes === null) {
    context.addIssue({ code: 'custom', message: `"${value}" is no size such as "50MiB"` })
    return z.NEVER
  }
  return bytes
})

const bucket = z.looseObject({
  public: z.boolean().default(false),
  file_size_limit: size.optional(),
  allowed_mime_types: z.array(z.string()).optional(),
})

/** `[storage]` of config.toml, with the CLI's defaults. */
export const storageSection = z.looseObject({
  enabled: z.boolean().default(true),
  file_size_limit: size.prefault('50MiB'),
  buckets: z.record(z.string(), bucket).default({}),
  image_transformation: z.looseObject({ enabled: z.boolean().default(true) }).prefault({}),
})

/** What the storage service is configured with. */
export type StorageConfig = z.infer<typeof storageSection>
