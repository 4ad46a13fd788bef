import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import {
  createFunctionsService,
  edgeRuntimeSection,
  type FunctionRequestRecord,
  functionsSection,
} from '../../../local/functions/mod.ts'
import type { WorkerLimits } from '../../../local/functions/worker_process.ts'
import { createLogger } from '../../../local/logger.ts'
import { type Claims, type Service, TokenError } from '../../../local/service.ts'

const configSchema = z.object({
  functions: functionsSection.prefault({}),
  edge_runtime: edgeRuntimeSection.prefault({}),
})

/** A service behind a bare HTTP server. */
export interface TestServer {
  readonly url: string
  fetch(path: string, init?: RequestInit): Promise<Response>
  close(): Promise<void>
}

/** A functions host over a temporary project. */
export interface TestHost extends TestServer {
  readonly folder: string
  readonly lines: string[]
  readonly records: FunctionRequestRecord[]
  list(): string[]
  write(path: string, text: string): void
}

/** The only token that {@link startHost}'s verifier accepts. */
export const goodToken = 'header.payload.signature'

/**
 * @param files text by path inside `supabase/functions`
 * @param options settings as in config.toml, limits, watching
 */
export async function startHost(
  files: Record<string, string>,
  options: {
    config?: unknown
    limits?: Partial<WorkerLimits>
    watch?: boolean
    warm?: readonly string[]
    environment?: Record<string, string>
    denoPath?: string
  } = {},
): Promise<TestHost> {
  const root = mkdtempSync(join(tmpdir(), 'atrium-test-functions-'))
  const folder = join(root, 'supabase', 'functions')
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  for (const [path, text] of Object.entries(files)) write(path, text)
  const lines: string[] = []
  const records: FunctionRequestRecord[] = []
  const verifyToken = async (token: string): Promise<Claims> => {
    if (token !== goodToken) throw new TokenError('signature', 'JWT signature does not match')
    return { role: 'authenticated' }
  }
  const service = await createFunctionsService({
    functionsFolder: folder,
    config: configSchema.parse(options.config ?? {}),
    environment: options.environment ?? {},
    verifyToken,
    logger: createLogger({ level: 'debug', write: (line) => lines.push(line) }),
    watch: options.watch ?? false,
    warm: options.warm ?? [],
    onRequest: (record) => records.push(record),
    ...(options.limits ? { limits: options.limits } : {}),
    ...(options.denoPath ? { denoPath: options.denoPath } : {}),
  })
  const server = await serve(service)
  return {
    ...server,
    folder,
    lines,
    records,
    write,
    list: () => service.list(),
    async close() {
      await server.close()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** Puts a service behind a bare HTTP server, in place of the gateway. */
export async function serve(service: Service): Promise<TestServer> {
  const server = createServer((request, response) => {
    service.handle(request, response, {
      path: request.url ?? '/',
      bearer: request.headers.authorization?.replace(/^Bearer /, '') ?? null,
      apiKeyRole: null,
      clientIp: '192.0.2.7',
      requestId: 'request-1',
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    fetch: (path, init) => fetch(`${url}${path}`, init),
    async close() {
      await service.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Verify off for all the functions named. */
export const open = (...names: string[]) => ({
  functions: Object.fromEntries(names.map((name) => [name, { verify_jwt: false }])),
})

/** The JSON of a platform error. */
export async function errorBody(response: Response): Promise<{ code: string; message: string }> {
  return z.strictObject({ code: z.string(), message: z.string() }).parse(await response.json())
}
