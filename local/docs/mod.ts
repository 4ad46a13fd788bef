import { readFile } from 'node:fs/promises'
import { createPages } from '../pages.ts'
import type { Service } from '../service.ts'
import { siteDocument, siteFiles } from './site_files.ts'

/** Serves the page that shows the API document, as any static host could serve the folder of `npm run docs:site`. */
export function createDocsService(options: { projectFolder: string; publicUrl: string }): Service {
  const files = siteFiles(options.projectFolder)
  return createPages('/docs', async (name) => {
    if (name === 'openapi.json') return siteDocument(options.projectFolder, options.publicUrl)
    const file = files.get(name)
    return file === undefined ? null : readFile(file)
  })
}
