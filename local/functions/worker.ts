/**
 * Runs inside Deno: loads one function and serves it on a Unix socket. Started by worker_process.ts as
 * `deno run ... worker.ts <entrypoint url> <socket> <token> <memory limit in bytes>`.
 *
 * Tells the host what happens by lines of JSON on standard output that begin with the token, so that the function's own
 * output and the runtime's messages can never be taken for them.
 */
import process from 'node:process'
import { formatWithOptions } from 'node:util'

interface ServeInfo {
  readonly completed: Promise<void>
}

type Handler = (request: Request, info?: ServeInfo) => Response | Promise<Response>

declare const Deno: {
  serve(options: { path: string; onListen(): void; onError(error: unknown): Response }, handler: Handler): unknown
  memoryUsage(): { heapUsed: number; external: number }
  exit(code: number): void
  stdin: { readable: ReadableStream<Uint8Array> }
  stdout: { writeSync(bytes: Uint8Array): number }
  args: string[]
}

declare function addEventListener(type: string, listener: (event: Event) => void): void

const [entrypoint = '', socket = '', token = '', memoryLimit = '0'] = Deno.args
const callHeader = 'x-atrium-call'
const encoder = new TextEncoder()

function tell(message: Record<string, unknown>): void {
  let bytes = encoder.encode(`${token}${JSON.stringify(message)}\n`)
  while (bytes.length > 0) bytes = bytes.subarray(Deno.stdout.writeSync(bytes))
}

// One event for each call of console, however many lines it has; 10,000 characters as hosted.
const levels = { debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error', trace: 'debug' } as const
for (const [method, level] of Object.entries(levels)) {
  Reflect.set(console, method, (...values: unknown[]) => {
    tell({ type: 'log', level, text: formatWithOptions({ colors: false }, ...values).slice(0, 10_000) })
  })
}

const describe = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error))

// An error that nobody awaits ends the process by default, and with it the other requests it serves.
addEventListener('unhandledrejection', (event) => {
  event.preventDefault()
  tell({ type: 'log', level: 'error', text: `Uncaught (in promise) ${describe(Reflect.get(event, 'reason'))}` })
})
addEventListener('error', (event) => {
  event.preventDefault()
  tell({ type: 'log', level: 'error', text: `Uncaught ${describe(Reflect.get(event, 'error'))}` })
})

// Taken first: the exit of node:process goes through Deno's.
const realExit = Deno.exit.bind(Deno)
const forbidExit = () => {
  throw new Error('A function cannot end its process')
}
Reflect.set(Deno, 'exit', forbidExit)
Reflect.set(process, 'exit', forbidExit)

// The host never writes: the end of the input means that it is gone, killed perhaps, and nobody else would end us.
const input = Deno.stdin.readable.getReader()
const hostEnded = () => realExit(0)
input.read().then(hostEnded, hostEnded)

// Processor time of the process is shared out evenly among the requests that were active while it was used. That is
// exact for a request that ran alone, and never counts any time twice.
const active = new Map<string, { cpu: number }>()
let cpuSeen = 0
function shareCpu(): void {
  const { user, system } = process.cpuUsage()
  const used = user + system - cpuSeen
  cpuSeen = user + system
  if (active.size === 0) return
  for (const request of active.values()) request.cpu += used / active.size / 1000
}

// The heap has V8's own limit; this adds what lies outside it, such as array buffers.
const limit = Number(memoryLimit)
setInterval(() => {
  const { heapUsed, external } = Deno.memoryUsage()
  if (limit > 0 && heapUsed + external > limit) {
    tell({ type: 'memory', bytes: heapUsed + external })
    realExit(1)
  }
}, 250)

let captured: Handler | undefined
const realServe = Deno.serve.bind(Deno)
// Functions written as `Deno.serve(handler)` are served as well, as when hosted.
Reflect.set(Deno, 'serve', (first: unknown, second?: unknown) => {
  const handler = [second, first, Reflect.get(Object(first), 'handler')].find((value) => typeof value === 'function')
  if (handler) captured = handler as Handler
  return { finished: new Promise(() => {}), shutdown: () => Promise.resolve(), ref() {}, unref() {} }
})

async function loadHandler(): Promise<Handler> {
  const module: { default?: { fetch?: unknown } } = await import(entrypoint)
  const exported = module.default?.fetch
  if (typeof exported === 'function') return (request) => exported.call(module.default, request)
  if (captured) return captured
  throw new Error('The module has no "export default { fetch }"')
}

async function main(): Promise<void> {
  let handler: Handler
  try {
    handler = await loadHandler()
  } catch (error) {
    tell({ type: 'boot-error', text: describe(error) })
    realExit(1)
    return
  }
  realServe(
    {
      path: socket,
      onListen: () => tell({ type: 'ready' }),
      onError: () => new Response('Internal Server Error', { status: 500 }),
    },
    async (incoming, info) => {
      const call = incoming.headers.get(callHeader) ?? ''
      const path = incoming.url.slice(incoming.url.indexOf('/', incoming.url.indexOf('://') + 3))
      if (call === 'ping') return new Response(null, { status: 204 })
      const request = new Request(`http://edge-runtime.internal${path}`, incoming)
      request.headers.delete(callHeader)
      shareCpu()
      const entry = { cpu: 0 }
      active.set(call, entry)
      const finish = () => {
        shareCpu()
        if (!active.delete(call)) return
        tell({ type: 'request', call, cpuMs: Math.round(entry.cpu * 10) / 10 })
      }
      info?.completed.then(finish, finish)
      // A handler whose caller went away may never answer, and must not be charged for the others from then on.
      incoming.signal.addEventListener('abort', finish, { once: true })
      try {
        return await handler(request)
      } catch (error) {
        tell({ type: 'log', level: 'error', text: describe(error) })
        return new Response('Internal Server Error', { status: 500 })
      }
    },
  )
}

await main()
