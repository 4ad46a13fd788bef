import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { z } from 'zod'

const documentSchema = z.looseObject({ openapi: z.string() })

/**
 * The files of the page that shows the API document, by the name under which they are served; `openapi.json` comes beside
 * them from {@link siteDocument}.
 *
 * @param projectFolder folder that holds `docs/`
 */
export function siteFiles(projectFolder: string): ReadonlyMap<string, string> {
  const own = (name: string): [string, string] => [name, join(projectFolder, 'docs', 'site', name)]
  const package_ = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  return new Map([
    own('index.html'),
    own('page.js'),
    own('page.css'),
    own('sequence_diagram.js'),
    ['swagger-ui.css', join(package_, 'swagger-ui.css')],
    ['swagger-ui-bundle.js', join(package_, 'swagger-ui-bundle.js')],
    ['favicon.png', join(package_, 'favicon-32x32.png')],
  ])
}

/** The API document with the address of an installation. @param publicUrl such as `https://<project>.supabase.co` */
export async function siteDocument(projectFolder: string, publicUrl: string): Promise<string> {
  const text = await readFile(join(projectFolder, 'docs', 'api', 'openapi.json'), 'utf8')
  const servers = [{ url: `${publicUrl}/functions/v1` }]
  return JSON.stringify({ ...documentSchema.parse(JSON.parse(text)), servers })
}
