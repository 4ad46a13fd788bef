import { createServer } from 'node:net'
import { StackError } from './stack_error.ts'

/** Ports of one stack, all on loopback. */
export interface StackPorts {
  readonly api: number
  readonly postgres: number
  readonly sandbox: number
  readonly smtp: number
  /** The sandbox's clamd. */
  readonly scanner: number
}

/** The API's port of a stack that was not told another one. */
export const defaultPortBase = 54321

/** Ports that belong to a base: API on N, Postgres N+1, sandbox N+3, its SMTP N+4, its clamd N+5 (N+2 is Studio's). */
export function portsFor(base: number): StackPorts {
  return { api: base, postgres: base + 1, sandbox: base + 3, smtp: base + 4, scanner: base + 5 }
}

/**
 * Checks that nothing else listens on the ports.
 *
 * @throws {StackError} `port_taken`, naming the port and what wanted it
 */
export async function requireFreePorts(ports: StackPorts): Promise<void> {
  for (const [name, port] of Object.entries(ports)) {
    if (await isFree(port)) continue
    throw new StackError(
      'port_taken',
      `Port ${port}, which the stack needs for its ${labels[name] ?? name}, is in use`,
      {
        hint: 'Stop what uses it ("npm run stop" ends an earlier stack), or start beside it with "npm start -- --port-base 55321 --data-dir .local/second"',
      },
    )
  }
}

const labels: Record<string, string> = {
  api: 'API',
  postgres: 'database',
  sandbox: 'sandbox page',
  smtp: 'SMTP inbox',
  scanner: 'virus scanner',
}

/** True when the port can be bound on loopback. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** Asks the system for `count` different ports that are free right now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer()
          server.once('error', reject)
          server.listen({ port: 0, host: '127.0.0.1' }, () => resolve(server))
        }),
    ),
  )
  const ports = servers.map((server) => {
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  })
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
