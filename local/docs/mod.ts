import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import type { Service } from '../service.ts'
import { siteDocument, siteFiles } from './site_files.ts'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
}

/** Serves the page that shows the API document, as any static host could serve the folder of `npm run docs:site`. */
export function createDocsService(options: { projectFolder: string; publicUrl: string }): Service {
  const files = siteFiles(options.projectFolder)
  return {
    async handle(request, response, { path }) {
      const name = path.split('?', 1)[0]?.slice(1) || 'index.html'
      // The files name each other without a folder in front, which needs the slash at the end of the page's address.
      if (name === 'index.html' && !/\/docs\/(index\.html)?($|\?)/.test(request.url ?? '')) {
        response.writeHead(308, { location: '/docs/' }).end()
        return
      }
      const body = await read(name).catch(() => null)
      const headers = { 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'cache-control': 'no-cache' }
      if (body === null) {
        response.writeHead(404, { ...headers, 'content-type': 'text/plain' }).end('No such page')
        return
      }
      response.writeHead(200, { ...headers, 'content-type': types[extname(name)] ?? 'text/plain' }).end(body)
    },
    async close() {},
  }

  async function read(name: string): Promise<Buffer | string | null> {
    if (name === 'openapi.json') return siteDocument(options.projectFolder, options.publicUrl)
    const file = files.get(name)
    return file === undefined ? null : readFile(file)
  }
}
