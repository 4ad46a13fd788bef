import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { isPublicAddress, OutgoingError, safeFetch } from '../../../supabase/functions/_shared/outgoing/mod.ts'

const open: { close(): unknown }[] = []
afterEach(() => {
  for (const server of open.splice(0)) server.close()
})

/** A server of this machine, which only an exception opens. */
async function listen(answer: RequestListener): Promise<{ server: Server; port: number }> {
  const server = createHttpServer(answer)
  open.push({ close: () => [server.closeAllConnections(), server.close()] })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: portOf(server) }
}

function portOf(server: { address(): unknown }): number {
  const address = server.address()
  return typeof address === 'object' && address !== null && 'port' in address ? Number(address.port) : 0
}

/** A name service that gives these answers in turn, and the last one for ever. */
const answering = (...answers: string[][]) =>
  vi.fn(async (_name: string) => (answers.length > 1 ? answers.shift() : answers[0]) ?? [])

const failure = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => new Error('It was allowed'),
    (reason: unknown) => reason,
  )
  if (error instanceof OutgoingError) return error
  throw error
}

describe('an address', () => {
  it.each([
    ['private', '10.0.0.1'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.1.1'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['this network', '0.0.0.0'],
    ['this network', '0.1.2.3'],
    ['link-local, metadata', '169.254.169.254'],
    ['shared, CGNAT', '100.64.0.1'],
    ['shared, metadata of a cloud', '100.100.100.200'],
    ['a cloud’s own service', '168.63.129.16'],
    ['protocol assignments, metadata of a cloud', '192.0.0.192'],
    ['documentation', '203.0.113.7'],
    ['benchmarks', '198.18.0.1'],
    ['6to4 relay', '192.88.99.1'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['loopback', '::1'],
    ['unspecified', '::'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['site-local', 'fec0::1'],
    ['unique local, metadata of a cloud', 'fd00:ec2::254'],
    ['multicast', 'ff02::1'],
    ['IPv4-mapped', '::ffff:127.0.0.1'],
    ['IPv4-mapped of a public one', '::ffff:1.1.1.1'],
    ['IPv4-compatible', '::127.0.0.1'],
    ['IPv4-translated', '::ffff:0:127.0.0.1'],
    ['NAT64', '64:ff9b::7f00:1'],
    ['local NAT64', '64:ff9b:1::a00:1'],
    ['6to4', '2002:7f00:1::1'],
    ['Teredo', '2001:0:7f00:1::1'],
    ['documentation', '2001:db8::1'],
    ['not given out', '4000::1'],
    ['no address', 'example.com'],
    ['no address', ''],
  ])('[A11-09] is not public when it is %s: %s', (_kind, address) => {
    expect(isPublicAddress(address)).toBe(false)
  })

  it.each(['1.1.1.1', '93.184.216.34', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111', '2a00:1450:4001::1'])(
    '[A11-09] is public: %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true)
    },
  )
})

describe('a URL that a user gave', () => {
  it.each([
    'ftp://example.com/',
    'file:///etc/passwd',
    'gopher://example.com:70/',
    'javascript:alert(1)',
    'data:text/plain,x',
    'nonsense',
    '',
    'http://example.com/',
    'https://user@example.com/',
    'https://user:password@example.com/',
    'https://:password@example.com/',
    'https://example.com:22/',
    'https://example.com:5432/',
    'https://example.com:80/',
  ])('[A11-09] is refused before anybody is asked for it: %s', async (url) => {
    const resolve = answering(['93.184.216.34'])
    const error = await failure(safeFetch(url, { allowedHosts: [], resolve }))
    expect([error.reason, error.isRetryable]).toEqual(['url_not_allowed', false])
    expect(resolve).not.toHaveBeenCalled()
  })

  it.each([
    ['https://127.0.0.1/', '127.0.0.1'],
    ['https://127.1/', '127.0.0.1'],
    ['https://2130706433/', '127.0.0.1'],
    ['https://0x7f000001/', '127.0.0.1'],
    ['https://0177.0.0.1/', '127.0.0.1'],
    ['https://0x7f.0.0.0x1/', '127.0.0.1'],
    ['https://0/', '0.0.0.0'],
    ['https://１２７.0.0.1/', '127.0.0.1'],
    ['https://127%2e0.0.1/', '127.0.0.1'],
    ['https://[::1]/', '::1'],
    ['https://[::ffff:7f00:1]/', '::ffff:7f00:1'],
    ['https://[64:ff9b::a00:1]/', '64:ff9b::a00:1'],
    ['https://169.254.169.254/latest/meta-data/', '169.254.169.254'],
  ])('[A11-09] is refused in whatever form it writes an address: %s', async (url, address) => {
    // An address is its own answer, as of every name service.
    const resolve = vi.fn(async (name: string) => [name])
    const error = await failure(safeFetch(url, { allowedHosts: [], resolve }))
    expect([error.reason, error.isRetryable]).toEqual(['address_not_allowed', false])
    expect(resolve.mock.calls).toEqual([[address]])
  })

  it.each([
    ['only a private address', ['10.1.2.3']],
    ['a private address among public ones', ['93.184.216.34', '10.1.2.3']],
    ['a private IPv6 address beside a public IPv4 one', ['93.184.216.34', 'fd12::1']],
    ['no address at all', []],
  ])('[A11-09] is refused when its name has %s', async (_case, addresses) => {
    const attempt = safeFetch('https://hook.example.test/', { allowedHosts: [], resolve: answering(addresses) })
    expect((await failure(attempt)).reason).toBe('address_not_allowed')
  })

  it('[A11-09] is refused on this machine by the real name service, too', async () => {
    expect((await failure(safeFetch('https://localhost/', { allowedHosts: [] }))).reason).toBe('address_not_allowed')
  })

  it('may be tried again when its name is not found', async () => {
    const resolve = vi.fn().mockRejectedValue(new Error('ENOTFOUND'))
    const error = await failure(safeFetch('https://hook.example.test/', { allowedHosts: [], resolve }))
    expect([error.reason, error.isRetryable]).toEqual(['name_not_found', true])
  })
})

describe('a request to a URL that a user gave', () => {
  it('[A11-09] goes to the address that was checked, although the name has another one by then', async () => {
    const seen: string[] = []
    const { port } = await listen((request, response) => {
      seen.push(`${request.headers.host} ${request.method} ${request.url}`)
      response.setHeader('x-answer', 'yes').end('taken')
    })
    const host = `hook.example.test:${port}`
    const resolve = answering(['127.0.0.1'], ['10.9.9.9'])
    const answer = await safeFetch(`http://${host}/in?a=1`, {
      method: 'POST',
      body: '{}',
      allowedHosts: [host],
      resolve,
    })
    expect([answer.status, new TextDecoder().decode(answer.body), answer.isCut]).toEqual([200, 'taken', false])
    expect(answer.headers.get('x-answer')).toBe('yes')
    // The name exists nowhere but in `resolve`: nobody asked for it again.
    expect(resolve.mock.calls).toEqual([['hook.example.test']])
    expect(seen).toEqual([`${host} POST /in?a=1`])
  })

  it('[A11-09] does so under Deno as well, where functions run', { timeout: 60_000 }, async () => {
    const { port } = await listen((request, response) => response.end(`Hello ${request.headers.host}`))
    const host = `hook.example.test:${port}`
    const functions = join(import.meta.dirname, '..', '..', '..', 'supabase', 'functions')
    const deno = join(functions, '..', '..', 'node_modules', 'deno', 'deno')
    const flags = ['--no-remote', '--cached-only', '--allow-all', `--config=${join(functions, 'deno.json')}`]
    const child = spawn(deno, ['run', ...flags, '-'], { cwd: functions, stdio: ['pipe', 'pipe', 'inherit'] })
    child.stdin.end(`
      import { safeFetch } from '${join(functions, '_shared', 'outgoing', 'mod.ts')}'
      const resolve = () => Promise.resolve(['127.0.0.1'])
      const { body } = await safeFetch('http://${host}/', { allowedHosts: ['${host}'], resolve })
      const refused = await safeFetch('https://127.0.0.1/', { allowedHosts: [] }).catch((error) => error.reason)
      console.log(new TextDecoder().decode(body), refused)`)
    expect(await text(child.stdout)).toBe(`Hello ${host} address_not_allowed\n`)
  })

  it('[A11-09] says the name in TLS and takes no connection without a certificate for it', async () => {
    const hellos: string[] = []
    const server = createTcpServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', (hello) => {
        hellos.push(hello.toString('latin1'))
        socket.end()
      })
    })
    open.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const host = `hook.example.test:${portOf(server)}`
    const attempt = safeFetch(`https://${host}/`, { allowedHosts: [host], resolve: answering(['127.0.0.1']) })
    expect((await failure(attempt)).reason).toBe('connection_failed')
    expect(hellos.join()).toContain('hook.example.test')
  })

  it('tries the next address when one does not answer', async () => {
    const { port } = await listen((_request, response) => response.end())
    const host = `hook.example.test:${port}`
    const resolve = answering(['::1', '127.0.0.1'])
    expect((await safeFetch(`http://${host}/`, { allowedHosts: [host], resolve })).status).toBe(200)
  })

  it.each(['http://127.0.0.1:1/', 'https://metadata.example.test/', 'http://169.254.169.254/', 'file:///etc/passwd'])(
    '[A11-09] follows no redirect to %s',
    async (location) => {
      const { port } = await listen((_request, response) => response.writeHead(302, { location }).end())
      const host = `hook.example.test:${port}`
      const resolve = vi.fn(async (name: string) => [
        name === 'metadata.example.test' ? '169.254.169.254' : '127.0.0.1',
      ])
      const error = await failure(safeFetch(`http://${host}/`, { allowedHosts: [host], resolve, maxRedirects: 3 }))
      expect(error.reason).toMatch(/^(url|address)_not_allowed$/)
    },
  )

  it('[A11-09] follows up to three redirects, asks the name service for each, and tells other hosts no password', async () => {
    const seen: string[] = []
    const { port } = await listen((request, response) => {
      seen.push(`${request.headers.host?.split('.')[0]} ${request.headers.authorization}`)
      const left = Number(request.url?.slice(1))
      if (left === 0) response.end('here')
      else response.writeHead(302, { location: `http://other.example.test:${port}/${left - 1}` }).end()
    })
    const allowedHosts = [`hook.example.test:${port}`, `other.example.test:${port}`]
    const resolve = answering(['127.0.0.1'])
    const options = { headers: { Authorization: 'Bearer x' }, allowedHosts, resolve }
    const get = (path: string, maxRedirects?: number) =>
      safeFetch(`http://hook.example.test:${port}${path}`, { ...options, ...(maxRedirects ? { maxRedirects } : {}) })
    expect(new TextDecoder().decode((await get('/3', 3)).body)).toBe('here')
    expect(resolve).toHaveBeenCalledTimes(4)
    expect(seen).toEqual(['hook Bearer x', 'other undefined', 'other undefined', 'other undefined'])
    expect((await failure(get('/4', 9))).reason).toBe('too_many_redirects')
    expect((await get('/1')).status).toBe(302)
  })

  it('[A11-09] repeats no body at another address', async () => {
    const { port } = await listen((_request, response) => response.writeHead(307, { location: '/again' }).end())
    const host = `hook.example.test:${port}`
    const options = { method: 'POST', body: 'x', maxRedirects: 3, allowedHosts: [host] } as const
    expect((await safeFetch(`http://${host}/`, { ...options, resolve: answering(['127.0.0.1']) })).status).toBe(307)
  })

  it('[A11-09] reads no more of an answer than was asked for', async () => {
    const { port } = await listen((_request, response) => {
      const more = () => response.write(Buffer.alloc(10_000, 'x')) && setImmediate(more)
      response.on('drain', more).on('close', () => response.off('drain', more))
      more()
    })
    const host = `127.0.0.1:${port}`
    const answer = await safeFetch(`http://${host}/`, { allowedHosts: [host], maxResponseBytes: 25_000 })
    expect([answer.body.length, answer.isCut]).toEqual([25_000, true])
  })

  it.each([
    ['never answers', () => {}],
    ['stops in the middle of its answer', (response: { write(text: string): void }) => response.write('begin')],
  ])('[A11-09] [SEC-25] ends in time when the other side %s', async (_case, behave) => {
    const { port } = await listen((_request, response) => void behave(response))
    const host = `127.0.0.1:${port}`
    const error = await failure(safeFetch(`http://${host}/`, { allowedHosts: [host], timeoutMs: 200 }))
    expect([error.reason, error.isRetryable]).toEqual(['timed_out', true])
  })

  it('[SEC-25] ends in time when the name service never answers, and when its caller has stopped', async () => {
    const resolve = () => new Promise<string[]>(() => {})
    const options = { allowedHosts: [], resolve }
    expect((await failure(safeFetch('https://a.example.test/', { ...options, timeoutMs: 50 }))).reason).toBe(
      'timed_out',
    )
    const stopped = { ...options, signal: AbortSignal.abort() }
    expect((await failure(safeFetch('https://a.example.test/', stopped))).reason).toBe('timed_out')
  })
})
