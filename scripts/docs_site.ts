import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { siteDocument, siteFiles } from '../local/docs/site_files.ts'

const projectFolder = join(import.meta.dirname, '..')

/**
 * Writes the page that shows the API document as a folder of static files, which need no other host than their own.
 *
 * @param folder made when it is missing
 * @param publicUrl address of the installation that the page calls, such as `https://<project>.supabase.co`
 */
export async function buildDocsSite(folder: string, publicUrl: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [name, path] of siteFiles(projectFolder)) await copyFile(path, join(folder, name))
  await writeFile(join(folder, 'openapi.json'), await siteDocument(projectFolder, publicUrl))
}

async function main(): Promise<void> {
  const [folder = 'dist/docs-site', publicUrl = process.env.PUBLIC_URL || 'http://127.0.0.1:54321'] =
    process.argv.slice(2)
  await buildDocsSite(resolve(folder), publicUrl.replace(/\/+$/, ''))
  console.log(`${folder} is written; it shows the API of ${publicUrl}`)
}

if (import.meta.main) await main()
