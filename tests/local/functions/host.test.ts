import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { echo, tools } from './samples.ts'
import { errorBody, goodToken, open, startHost, type TestHost } from './support.ts'

const echoed = z.looseObject({ headers: z.record(z.string(), z.string()) })

describe('the functions host', () => {
  let host: TestHost
  beforeAll(async () => {
    host = await startHost(
      {
        'echo/index.ts': echo,
        'tools/index.ts': tools,
        'tools/note.txt': 'note',
        'guarded/index.ts': echo,
        'serve/index.ts': `Deno.serve((request) => new Response('served ' + new URL(request.url).pathname))`,
        'broken/index.ts': `import './missing.ts'\nexport default { fetch: () => new Response('never') }`,
        'empty/index.ts': `export const nothing = 1`,
        'off/index.ts': echo,
        'elsewhere/main.ts': `export default { fetch: () => new Response('from main') }`,
        '_shared/text.ts': `export const text = 'shared'`,
        'not-a-function/readme.md': '',
      },
      {
        config: {
          functions: {
            ...open('echo', 'tools', 'serve', 'broken', 'empty').functions,
            off: { enabled: false },
            elsewhere: { verify_jwt: false, entrypoint: './functions/elsewhere/main.ts' },
            tools: { verify_jwt: false, env: { TOOL_COLOR: 'green', SUPABASE_FAKE: 'no' } },
          },
          edge_runtime: { secrets: { SHARED_SECRET: 's3' } },
        },
        environment: { SUPABASE_URL: 'http://127.0.0.1:1', PUBLIC_URL: 'http://public.test' },
      },
    )
  })
  afterAll(() => host.close())

  it('lists folders with an index.ts or a configured entrypoint, without shared and disabled ones', () => {
    expect(host.list()).toEqual(['broken', 'echo', 'elsewhere', 'empty', 'guarded', 'serve', 'tools'])
  })

  it('passes method, path, query, headers and body, with an internal scheme and host', async () => {
    const response = await host.fetch('/echo/a/b?x=1&y=%20', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-client': 'me', 'x-forwarded-for': '203.0.113.1' },
      body: '{"a":1}',
    })
    expect(response.status).toBe(201)
    expect(response.headers.get('x-own')).toBe('yes')
    expect(response.headers.getSetCookie()).toEqual(['a=1'])
    const seen = echoed.parse(await response.json())
    expect(seen).toMatchObject({
      url: 'http://edge-runtime.internal/echo/a/b?x=1&y=%20',
      method: 'POST',
      body: '{"a":1}',
      headers: { 'x-client': 'me', 'x-forwarded-for': '192.0.2.7', 'sb-request-id': 'request-1' },
    })
    expect(Object.keys(seen.headers).filter((name) => name.startsWith('x-atrium'))).toEqual([])
  })

  it('serves an entrypoint of config.toml and functions written with Deno.serve', async () => {
    expect(await (await host.fetch('/elsewhere')).text()).toBe('from main')
    expect(await (await host.fetch('/serve/x')).text()).toBe('served /serve/x')
  })

  it('answers 404 for a function that does not exist or is disabled', async () => {
    for (const path of ['/nobody', '/', '/off', '/_shared', '/not-a-function', '/..%2fecho']) {
      const response = await host.fetch(path)
      expect(response.status).toBe(404)
      expect(response.headers.get('sb-error-code')).toBe('NOT_FOUND')
      expect(await response.json()).toEqual({ code: 'NOT_FOUND', message: 'Requested function was not found' })
    }
  })

  it('answers 405 for methods that functions do not get', async () => {
    expect((await host.fetch('/echo', { method: 'HEAD' })).status).toBe(405)
    expect((await host.fetch('/echo', { method: 'PROPFIND' })).status).toBe(405)
  })

  describe('with verify_jwt', () => {
    it('refuses a request without a token', async () => {
      const response = await host.fetch('/guarded')
      expect(response.status).toBe(401)
      expect(await response.json()).toEqual({
        code: 'UNAUTHORIZED_NO_AUTH_HEADER',
        message: 'Missing authorization header',
      })
    })

    it.each([
      ['not a token', 'nonsense', 'UNAUTHORIZED_INVALID_JWT_FORMAT'],
      ['a forged ES256 token', `${btoa('{"alg":"ES256"}')}.e30.x`, 'UNAUTHORIZED_ASYMMETRIC_JWT'],
      ['a forged HS256 token', `${btoa('{"alg":"HS256"}')}.e30.x`, 'UNAUTHORIZED_LEGACY_JWT'],
      ['an unsigned token', `${btoa('{"alg":"none"}')}.e30.`, 'UNAUTHORIZED_UNSUPPORTED_TOKEN_ALGORITHM'],
    ])('refuses %s', async (_name, token, code) => {
      const response = await host.fetch('/guarded', { headers: { authorization: `Bearer ${token}` } })
      expect(response.status).toBe(401)
      expect(response.headers.get('sb-error-code')).toBe(code)
      expect((await errorBody(response)).code).toBe(code)
    })

    it('lets a good token and a preflight through', async () => {
      const headers = { authorization: `Bearer ${goodToken}` }
      expect((await host.fetch('/guarded', { headers })).status).toBe(201)
      expect((await host.fetch('/guarded', { method: 'OPTIONS' })).status).toBe(201)
    })
  })

  it('gives a function the platform variables, its own, its name, and nothing of the host', async () => {
    const environment = await (await host.fetch('/tools/env')).json()
    expect(environment).toMatchObject({
      SUPABASE_URL: 'http://127.0.0.1:1',
      PUBLIC_URL: 'http://public.test',
      SUPABASE_FUNCTION_SLUG: 'tools',
      TOOL_COLOR: 'green',
      SHARED_SECRET: 's3',
    })
    expect(environment).not.toHaveProperty('HOME')
    expect(environment).not.toHaveProperty('SUPABASE_FAKE')
  })

  it('refuses to read outside the project, to write, to run programs and to fetch code', async () => {
    expect(await (await host.fetch(`/tools/read?path=${host.folder}/tools/note.txt`)).json()).toBe('read')
    expect(await (await host.fetch('/tools/read?path=/etc/passwd')).json()).toBe('NotCapable')
    expect(await (await host.fetch('/tools/write')).json()).toBe('NotCapable')
    expect(await (await host.fetch('/tools/run')).json()).toBe('NotCapable')
    expect(await (await host.fetch('/tools/remote')).json()).toMatch(/remote|import/i)
  })

  it('turns a thrown error into a bare 500 and logs it', async () => {
    const response = await host.fetch('/tools/throw')
    expect(response.status).toBe(500)
    expect(response.headers.get('sb-error-code')).toBe('EDGE_FUNCTION_ERROR')
    expect(await response.text()).toBe('Internal Server Error')
    await vi.waitFor(() => expect(host.lines.some((line) => / error tools .*broken on purpose/.test(line))).toBe(true))
  })

  it('passes any status on', async () => {
    expect((await host.fetch('/tools/status?code=418')).status).toBe(418)
    expect((await host.fetch('/tools/status?code=503')).headers.get('sb-error-code')).toBe('EDGE_FUNCTION_ERROR')
  })

  it('serves pages as plain text, as projects without a domain of their own', async () => {
    expect((await host.fetch('/tools/html')).headers.get('content-type')).toBe('text/plain; charset=utf-8')
  })

  it('logs console output under the name of the function', async () => {
    await host.fetch('/tools/log')
    await vi.waitFor(() => {
      expect(host.lines.some((line) => / info tools hello log \{ deep: \{ deeper: \[ 1, 2 \] \} \}/.test(line))).toBe(
        true,
      )
      expect(host.lines.some((line) => / error tools bad\nnews/.test(line))).toBe(true)
    })
  })

  it('keeps serving others when an error is awaited by nobody', async () => {
    const slow = host.fetch('/tools/slow')
    expect((await host.fetch('/tools/reject')).status).toBe(200)
    expect((await host.fetch('/tools/late')).status).toBe(200)
    expect((await host.fetch('/tools/exit')).status).toBe(500)
    expect(await (await slow).text()).toBe('slow')
    await vi.waitFor(() => expect(host.lines.join()).toMatch(/nobody waits.*thrown late|thrown late.*nobody waits/s))
  })

  it('answers BOOT_ERROR when the module does not load, and tells why in the log', async () => {
    for (const name of ['broken', 'empty']) {
      const response = await host.fetch(`/${name}`)
      expect(response.status).toBe(503)
      expect(await response.json()).toEqual({
        code: 'BOOT_ERROR',
        message: 'Function failed to start (please check logs)',
      })
    }
    expect(host.lines.some((line) => line.includes('error broken') && line.includes('missing.ts'))).toBe(true)
    expect(host.lines.some((line) => line.includes('error empty') && line.includes('export default'))).toBe(true)
  })

  it('streams an answer while it is being made', async () => {
    const response = await host.fetch('/tools/stream', { headers: { 'accept-encoding': 'gzip' } })
    let text = ''
    for await (const chunk of response.body ?? []) {
      // The rest is not made before somebody has read the beginning.
      if (text === '') expect((await host.fetch('/tools/proceed')).status).toBe(200)
      text += new TextDecoder().decode(chunk)
    }
    expect(text).toBe('data: 0\n\ndata: 1\n\ndata: 2\n\n')
  })

  it('streams a body up, and both ways at once', async () => {
    const size = 8 * 1024 * 1024
    const upload = await host.fetch('/tools/upload', { method: 'POST', body: new Uint8Array(size) })
    expect(await upload.json()).toBe(size)

    const socket = connect(Number(new URL(host.url).port), '127.0.0.1')
    socket.write('POST /tools/duplex HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n4\r\nping\r\n')
    let seen = ''
    // The first half comes back before the second half is sent.
    while (!seen.includes('ping')) seen += String((await once(socket, 'data'))[0])
    socket.write('4\r\npong\r\n0\r\n\r\n')
    while (!seen.includes('pong')) seen += String((await once(socket, 'data'))[0])
    socket.destroy()
  })

  it('tells the function when the client goes away', async () => {
    const controller = new AbortController()
    const pending = host.fetch('/tools/abort', { signal: controller.signal })
    pending.catch(() => {})
    await vi.waitFor(() => expect(host.lines.some((line) => line.includes('client is here'))).toBe(true))
    controller.abort()
    await vi.waitFor(() => expect(host.lines.some((line) => line.includes('client went away'))).toBe(true))
  })

  it('measures the processor time of each request, also of two at once', async () => {
    await host.fetch('/tools/slow')
    const recordsOf = (path: string, count: number) =>
      vi.waitFor(() => {
        const found = host.records.filter((one) => one.path === path)
        expect(found.length).toBeGreaterThanOrEqual(count)
        return found
      })
    // Waiting is no work.
    for (const { cpuMs, durationMs } of await recordsOf('/tools/slow', 1)) expect(cpuMs).toBeLessThan(durationMs)
    const used = async () => z.number().parse(await (await host.fetch('/tools/used')).json())
    const before = await used()
    await Promise.all([host.fetch('/tools/cpu?ms=300'), host.fetch('/tools/cpu?ms=300')])
    const whole = (await used()) - before
    const busy = (await recordsOf('/tools/cpu', 2)).map(({ cpuMs }) => cpuMs ?? 0)
    // Each worked until it had used this much, however long that took.
    for (const cpuMs of busy) expect(cpuMs).toBeGreaterThan(290)
    // Neither is charged for the other, although the second waited for the first.
    expect(busy.reduce((sum, cpuMs) => sum + cpuMs, 0)).toBeLessThanOrEqual(whole)
  })
})
