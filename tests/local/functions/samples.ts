/** Answers with the request that it saw. */
export const echo = `
export default {
  async fetch(request) {
    return Response.json({
      url: request.url,
      method: request.method,
      headers: Object.fromEntries(request.headers),
      body: await request.text(),
    }, { status: 201, headers: { 'set-cookie': 'a=1', 'x-own': 'yes' } })
  },
}`

/** Does what its path says, mostly something bad. */
export const tools = `
import process from 'node:process'
const encoder = new TextEncoder()
const proceeding = Promise.withResolvers()
export default {
  async fetch(request) {
    const url = new URL(request.url)
    switch (url.pathname) {
      case '/tools/env': return Response.json(Deno.env.toObject())
      case '/tools/throw': throw new Error('broken on purpose')
      case '/tools/status': return new Response('teapot', { status: Number(url.searchParams.get('code')) })
      case '/tools/html': return new Response('<p>hi</p>', { headers: { 'content-type': 'text/html; charset=utf-8' } })
      case '/tools/log': console.log('hello %s', 'log', { deep: { deeper: [1, 2] } }); console.error('bad\\nnews'); return new Response('ok')
      case '/tools/reject': Promise.reject(new Error('nobody waits')); return new Response('still here')
      case '/tools/late': setTimeout(() => { throw new Error('thrown late') }, 10); return new Response('ok')
      case '/tools/exit': Deno.exit(3); return new Response('unreachable')
      case '/tools/cpu': { const used = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000 }; const end = used() + Number(url.searchParams.get('ms')); while (used() < end); return new Response('done') }
      case '/tools/used': { const { user, system } = process.cpuUsage(); return Response.json((user + system) / 1000) }
      case '/tools/slow': await new Promise((done) => setTimeout(done, 400)); return new Response('slow')
      case '/tools/hang': return new Promise(() => {})
      case '/tools/loop': for (;;);
      case '/tools/heap': { const kept = []; for (;;) kept.push(new Array(10_000).fill(kept.length)) }
      case '/tools/buffers': { const kept = []; for (;;) { kept.push(new Uint8Array(20_000_000).fill(1)); await new Promise((done) => setTimeout(done, 20)) } }
      case '/tools/read': return Response.json(await Deno.readTextFile(url.searchParams.get('path')).then(() => 'read', (error) => error.name))
      case '/tools/write': return Response.json(await Deno.writeTextFile('./escaped.txt', 'x').then(() => 'written', (error) => error.name))
      case '/tools/run': return Response.json(await Promise.try(() => new Deno.Command('/bin/sh', { args: ['-c', 'true'] }).output()).then(() => 'ran', (error) => error.name))
      case '/tools/remote': return Response.json(await import('https://example.com/mod.ts').then(() => 'fetched', (error) => error.message))
      case '/tools/stream': {
        let step = 0
        return new Response(new ReadableStream({
          async pull(controller) {
            if (step === 3) return controller.close()
            if (step > 0) await proceeding.promise
            controller.enqueue(encoder.encode('data: ' + step++ + '\\n\\n'))
          },
        }), { headers: { 'content-type': 'text/event-stream' } })
      }
      case '/tools/proceed': proceeding.resolve(); return new Response('proceeding')
      case '/tools/upload': {
        const parts = []
        for await (const chunk of request.body) parts.push(chunk.length)
        return Response.json(parts.reduce((sum, length) => sum + length, 0))
      }
      case '/tools/duplex': return new Response(request.body)
      case '/tools/abort': {
        request.signal.addEventListener('abort', () => console.log('client went away'))
        console.log('client is here')
        return new Promise(() => {})
      }
    }
    return new Response('no such tool', { status: 404 })
  },
}`
