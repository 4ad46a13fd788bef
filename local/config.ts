import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { parse } from 'smol-toml'
import { z } from 'zod'
import { authSection } from './auth/config.ts'
import { edgeRuntimeSection, functionsSection } from './functions/config.ts'
import { realtimeSection } from './realtime/config.ts'
import { StackError } from './stack_error.ts'
import { storageSection } from './storage/config.ts'

const apiSection = z.object({
  enabled: z.boolean().default(true),
  port: z.number().int().default(54321),
  schemas: z.array(z.string().min(1)).min(1).default(['public']),
  extra_search_path: z.array(z.string()).default(['public', 'extensions']),
  max_rows: z.number().int().positive().nullable().default(1000),
})

const projectSchema = z.object({
  project_id: z.string().min(1),
  api: apiSection.prefault({}),
  db: z.object({ seed: z.object({ enabled: z.boolean().default(true) }).prefault({}) }).prefault({}),
  auth: authSection.prefault({}),
  realtime: realtimeSection.prefault({}),
  edge_runtime: edgeRuntimeSection.prefault({}),
  storage: storageSection.prefault({}),
  functions: functionsSection.prefault({}),
})

/** The parts of supabase/config.toml that the local stack acts on, with the CLI's defaults. */
export type ProjectConfig = z.infer<typeof projectSchema>

/** config.toml together with the environment it was read in. */
export interface Project {
  /** Folder that holds `supabase/`. */
  readonly folder: string
  readonly config: ProjectConfig
  /** Variables of `.env`, the process and the given defaults, strongest first: process, `.env`, defaults. */
  readonly environment: Readonly<Record<string, string>>
  /** Of these the project's own, for its functions: those of the defaults, `.env` and `.env.example`. */
  readonly ownVariables: Readonly<Record<string, string>>
}

/** What a reader of the project adds to its files. */
export interface ProjectContext {
  /** Values for variables that neither the process nor `.env` sets. */
  readonly defaults: Readonly<Record<string, string>>
  /** Where this stack's gateway answers. */
  readonly apiUrl: string
  /** Where its sandbox answers; without one, addresses of the sandbox stay as they stand in the file. */
  readonly sandboxUrl?: string
}

/**
 * Reads `.env` and supabase/config.toml.
 *
 * @param folder the project's folder
 * @throws {StackError} `config_unreadable`, `config_invalid`
 */
export async function readProject(folder: string, context: ProjectContext): Promise<Project> {
  const dotEnv = await readDotEnv(folder, '.env')
  const environment = { ...context.defaults, ...definedOnly(dotEnv), ...definedOnly(process.env) }
  const text = await readFile(join(folder, 'supabase', 'config.toml'), 'utf8').catch((cause: unknown) => {
    throw new StackError('config_unreadable', 'supabase/config.toml could not be read', {
      hint: 'Run the command in a checkout of Atrium',
      cause,
    })
  })
  let raw: unknown
  try {
    raw = substitute(parse(text), environment, context)
  } catch (cause) {
    throw new StackError('config_invalid', `supabase/config.toml is not valid TOML: ${firstLine(cause)}`, {
      hint: 'Correct the line named above',
      cause,
    })
  }
  const parsed = projectSchema.safeParse(raw)
  if (!parsed.success) {
    throw new StackError('config_invalid', `supabase/config.toml is not valid: ${z.prettifyError(parsed.error)}`, {
      hint: 'Compare with https://supabase.com/docs/guides/local-development/cli/config',
    })
  }
  // A function must not see the shell it was started from.
  const own = { ...(await readDotEnv(folder, '.env.example')), ...dotEnv, ...context.defaults }
  const ownVariables = Object.fromEntries(
    Object.keys(own).flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  )
  return { folder, config: parsed.data, environment, ownVariables }
}

async function readDotEnv(folder: string, name: string): Promise<Record<string, string | undefined>> {
  return parseEnv(await readFile(join(folder, name), 'utf8').catch(() => ''))
}

/** An empty value counts as unset, as in `.env.example`, where every variable stands empty. */
function definedOnly(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  )
}

/** The sandbox's port as config.toml writes it. */
const sandboxPort = '54324'

/**
 * Replaces `env(NAME)` by the variable, or by the empty string when it is unset, as the CLI does; and the
 * addresses of gateway and sandbox as containers see them by this stack's own.
 */
function substitute(
  value: unknown,
  environment: Readonly<Record<string, string>>,
  urls: Pick<ProjectContext, 'apiUrl' | 'sandboxUrl'>,
): unknown {
  if (typeof value === 'string') {
    const name = /^env\((.+)\)$/.exec(value)?.[1]
    if (name !== undefined) return environment[name] ?? ''
    return value.replace(/^http:\/\/host\.docker\.internal:(\d+)(?=\/)/, (written, port: string) =>
      port === sandboxPort ? (urls.sandboxUrl ?? written) : urls.apiUrl,
    )
  }
  if (Array.isArray(value)) return value.map((item) => substitute(item, environment, urls))
  if (value !== null && typeof value === 'object' && !(value instanceof Date)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substitute(item, environment, urls)]))
  }
  return value
}

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split('\n')[0] ?? ''
}
