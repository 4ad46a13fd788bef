import { extname } from 'node:path'
import type { Service } from './service.ts'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
}

/**
 * Serves the files of a page, as any static host could.
 *
 * @param prefix path of the page; its address gets the slash at the end that names of further files need
 * @param read content of a file by its name; null when there is none
 */
export function createPages(prefix: string, read: (name: string) => Promise<Buffer | string | null>): Service {
  return {
    async handle(request, response, { path }) {
      const [name = '', query] = path.slice(1).split('?', 2)
      const headers = { 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'cache-control': 'no-cache' }
      const asked = (request.url ?? '').split('?', 1)[0]
      if (asked === prefix) {
        response.writeHead(308, { location: `${prefix}/${query === undefined ? '' : `?${query}`}` }).end()
        return
      }
      const file = name || 'index.html'
      const body = await read(file).catch(() => null)
      if (body === null) {
        response.writeHead(404, { ...headers, 'content-type': 'text/plain' }).end('No such page')
        return
      }
      response.writeHead(200, { ...headers, 'content-type': types[extname(file)] ?? 'text/plain' }).end(body)
    },
    async close() {},
  }
}
