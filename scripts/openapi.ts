import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { findFunctions } from '../local/functions/function_catalog.ts'
import type { App } from '../supabase/functions/_shared/http/mod.ts'
import { codeSamples } from './code_samples.ts'
import { describeFields, readColumnComments } from './openapi_words.ts'

const projectFolder = join(import.meta.dirname, '..')
const documentPath = join(projectFolder, 'docs', 'api', 'openapi.json')

const packageSchema = z.object({ version: z.string() })
type OpenApiDocument = ReturnType<App['getOpenAPI31Document']>

/**
 * The OpenAPI 3.1 document of all edge functions, made from the routes themselves. Each endpoint exports its
 * application as `app` for this.
 */
export async function buildOpenApi(): Promise<OpenApiDocument> {
  const { version } = packageSchema.parse(JSON.parse(await readFile(join(projectFolder, 'package.json'), 'utf8')))
  const description = await readFile(join(projectFolder, 'docs', 'api', 'introduction.md'), 'utf8')
  const functionsFolder = join(projectFolder, 'supabase', 'functions')
  const names = findFunctions(functionsFolder, {
    functions: {},
    edge_runtime: { enabled: true, policy: 'per_worker', inspector_port: 8083, deno_version: 2, secrets: {} },
  })
  const documents: OpenApiDocument[] = []
  for (const { name, entrypoint } of names.values()) {
    const endpoint: { app?: App } = await import(entrypoint)
    if (!endpoint.app) throw new Error(`Cannot document function "${name}": its index.ts does not export "app"`)
    documents.push(endpoint.app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: name, version } }))
  }
  const paths: NonNullable<OpenApiDocument['paths']> = Object.assign({}, ...documents.map((document) => document.paths))
  for (const [path, item] of Object.entries(paths)) addSamples(path, item)
  const document: OpenApiDocument = {
    openapi: '3.1.0',
    info: { title: 'Atrium functions', version, description },
    servers: [{ url: '{origin}/functions/v1', variables: { origin: { default: 'http://127.0.0.1:54321' } } }],
    paths,
    components: {
      securitySchemes: {
        user: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Access token of a person' },
        secretKey: { type: 'apiKey', in: 'header', name: 'apikey', description: 'Secret key, never in a client' },
      },
      schemas: Object.assign({}, ...documents.map((document) => document.components?.schemas)),
    },
  }
  describeFields(document, await readColumnComments(join(projectFolder, 'supabase', 'schemas')))
  return document
}

/** Says with each operation how to call it, where documentation tools look for that. */
function addSamples(path: string, item: NonNullable<OpenApiDocument['paths']>[string]): void {
  for (const method of ['get', 'post', 'put', 'patch', 'delete'] as const) {
    const operation = item[method]
    if (operation) operation['x-codeSamples'] = codeSamples(method, path, operation)
  }
}

/** Writes the document; with `--check` only tells whether the stored one is up to date. */
async function main(): Promise<void> {
  const wanted = `${JSON.stringify(await buildOpenApi(), null, 2)}\n`
  if (!process.argv.includes('--check')) {
    await writeFile(documentPath, wanted)
    console.log('docs/api/openapi.json is written')
    return
  }
  const stored = await readFile(documentPath, 'utf8').catch(() => '')
  if (stored === wanted) return
  console.error('docs/api/openapi.json is out of date. Run "npm run docs:api" and commit the result.')
  process.exitCode = 1
}

if (import.meta.main) await main()
