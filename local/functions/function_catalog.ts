import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { defaultFunctionSettings, type FunctionSettings, type FunctionsConfig } from './config.ts'

/** A function as found on disk. */
export interface FunctionDefinition {
  readonly name: string
  /** Absolute path of the module that exports the handler. */
  readonly entrypoint: string
  /** Absolute path of the deno.json or import map; null when there is none. */
  readonly importMap: string | null
  /** Folders outside the functions folder that the function may read. */
  readonly staticFolders: readonly string[]
  readonly settings: FunctionSettings
}

const namePattern = /^[A-Za-z][A-Za-z0-9_-]*$/

/**
 * Finds the functions of a project: each folder with an `index.ts`, and each block of config.toml with an entrypoint.
 * Folders whose name begins with `_` or `.` hold shared code.
 *
 * @param functionsFolder absolute path of `supabase/functions`
 */
export function findFunctions(functionsFolder: string, config: FunctionsConfig): Map<string, FunctionDefinition> {
  const found = new Map<string, FunctionDefinition>()
  if (!config.edge_runtime.enabled) return found
  const folders = existsSync(functionsFolder)
    ? readdirSync(functionsFolder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
        .map((entry) => entry.name)
    : []
  for (const name of new Set([...folders, ...Object.keys(config.functions)].sort())) {
    if (!namePattern.test(name)) continue
    const definition = defineFunction(functionsFolder, name, config.functions[name] ?? defaultFunctionSettings)
    if (definition) found.set(name, definition)
  }
  return found
}

function defineFunction(functionsFolder: string, name: string, settings: FunctionSettings): FunctionDefinition | null {
  if (!settings.enabled) return null
  // Paths of config.toml are relative to the folder it stands in.
  const supabaseFolder = dirname(functionsFolder)
  const entrypoint = settings.entrypoint
    ? resolve(supabaseFolder, settings.entrypoint)
    : join(functionsFolder, name, 'index.ts')
  if (!existsSync(entrypoint)) return null
  const importMapCandidates = settings.import_map
    ? [resolve(supabaseFolder, settings.import_map)]
    : [
        join(functionsFolder, name, 'deno.json'),
        join(functionsFolder, name, 'deno.jsonc'),
        join(functionsFolder, name, 'import_map.json'),
        join(functionsFolder, 'deno.json'),
        join(functionsFolder, 'import_map.json'),
      ]
  const staticFolders = settings.static_files.map((pattern) => {
    const fixed = pattern.split(/[*?[{]/)[0] ?? ''
    return resolve(supabaseFolder, fixed === pattern ? pattern : dirname(`${fixed}x`))
  })
  return {
    name,
    entrypoint,
    importMap: importMapCandidates.find((path) => existsSync(path)) ?? null,
    staticFolders,
    settings,
  }
}
