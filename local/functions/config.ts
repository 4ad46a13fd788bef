import { z } from 'zod'

/** One `[functions.<name>]` block of config.toml. */
const functionSchema = z.object({
  enabled: z.boolean().default(true),
  /** When true the platform answers 401 before the function runs unless the request carries a valid token. */
  verify_jwt: z.boolean().default(true),
  /** Path of the import map or deno.json, relative to the `supabase` folder. */
  import_map: z.string().default(''),
  /** Path of the module, relative to the `supabase` folder; `functions/<name>/index.ts` when empty. */
  entrypoint: z.string().default(''),
  /** Files the function may read at run time, relative to the `supabase` folder. */
  static_files: z.array(z.string()).default([]),
  /** Variables of this function alone. */
  env: z.record(z.string(), z.string()).default({}),
})

/** The `[edge_runtime]` block of config.toml. */
export const edgeRuntimeSection = z.object({
  enabled: z.boolean().default(true),
  /** Accepted for `supabase start`; this host always keeps a process for each function and reloads it on change. */
  policy: z.enum(['per_worker', 'oneshot']).default('per_worker'),
  inspector_port: z.number().int().min(0).max(65535).default(8083),
  deno_version: z.number().int().default(2),
  /** Variables of all functions, beside those of `.env`. */
  secrets: z.record(z.string(), z.string()).default({}),
})

/** The `[functions.*]` blocks of config.toml, by name. */
export const functionsSection = z.record(z.string(), functionSchema)

/** Settings of all functions and of the runtime that carries them. */
export interface FunctionsConfig {
  readonly functions: z.infer<typeof functionsSection>
  readonly edge_runtime: z.infer<typeof edgeRuntimeSection>
}

/** Parsed settings of one function. */
export type FunctionSettings = z.infer<typeof functionSchema>

/** The settings of a function that config.toml does not mention. */
export const defaultFunctionSettings: FunctionSettings = functionSchema.parse({})
