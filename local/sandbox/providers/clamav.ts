import { type Context, Hono } from 'hono'
import { engineVersion, maxContentBytes, searchVirus } from '../scanner/find_virus.ts'
import type { CreateProvider } from './provider.ts'

/** ClamAV: the HTTP APIs of `ajilaach/clamav-rest` and `benzino77/clamav-rest-api`; clamd itself is `scanner/clamd.ts`. */
export const createClamav: CreateProvider = () => {
  const routes = new Hono()
  const { version, signatures, date } = engineVersion

  routes.get('/version', (c) => c.json({ Clamav: version, Signature: signatures, Signature_date: date }))

  routes.post('/v2/scan', async (c) => {
    const file = await readFile(c, 'file')
    if (!file) return c.json([{ Status: 'PARSE ERROR', Description: 'missing form file', FileName: '' }], 412)
    const answer = (Status: string, Description = '') => [{ Status, Description, FileName: file.name }]
    if (file.size > maxContentBytes) return c.json(answer('PARSE ERROR', 'file too large'), 413)
    const finding = await scan(file)
    return finding ? c.json(answer('FOUND', finding), 406) : c.json(answer('OK'))
  })

  routes.get('/api/v1/version', (c) =>
    c.json({ success: true, data: { version: `ClamAV ${version}/${signatures}/${date}\n` } }),
  )

  routes.post('/api/v1/scan', async (c) => {
    const file = await readFile(c, 'FILES')
    if (!file) return c.json({ success: false, data: { error: 'Bad Request' } }, 400)
    if (file.size > maxContentBytes) return c.json({ success: false, data: { error: 'File size limit exceeded' } }, 413)
    const finding = await scan(file)
    const result = { name: file.name, is_infected: finding !== null, viruses: finding ? [finding] : [] }
    return c.json({ success: true, data: { result: [result] } })
  })

  routes.all('*', (c) => c.text('404 page not found', 404))

  return {
    name: 'clamav',
    title: 'ClamAV',
    description:
      'Looks for viruses, and knows the EICAR test file alone; clamd itself listens on a port of its own. For it status 413 ' +
      'is a stream that is too long, and 503 a connection that breaks.',
    path: '/clamav',
    routes,
    actions: [],
    fail: (status) => new Response('the dial says so', { status }),
    reset() {},
  }
}

async function readFile(c: Context, field: string): Promise<File | null> {
  const contentType = c.req.header('content-type') ?? ''
  const body = await c.req.arrayBuffer()
  const form = await new Response(body, { headers: { 'content-type': contentType } }).formData().catch(() => null)
  const file = form?.get(field)
  return file instanceof File ? file : null
}

async function scan(file: File): Promise<string | null> {
  const search = searchVirus()
  search.add(new Uint8Array(await file.arrayBuffer()))
  return search.finding
}
