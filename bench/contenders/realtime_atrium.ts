// This project's Realtime behind its gateway, as a stack runs it, without the limit on messages that a hosted plan sets.
import { z } from 'zod'
import { startGateway } from '../../local/gateway.ts'
import { silentLogger } from '../../local/logger.ts'
import { createRealtimeService } from '../../local/realtime/mod.ts'
import { loadSecrets } from '../../local/secrets.ts'
import { createTokens } from '../../local/tokens.ts'

const input = z
  .object({ databaseUrl: z.string(), port: z.coerce.number(), secretsFolder: z.string() })
  .parse(JSON.parse(process.argv[2] ?? '{}'))
const { keys } = await loadSecrets(input.secretsFolder)
const tokens = await createTokens(keys)
const service = await createRealtimeService({
  databaseUrl: input.databaseUrl,
  tokens,
  config: { enabled: true, private_only: true },
  limits: { eventsPerSecond: 1_000_000 },
  logger: silentLogger,
})
await startGateway({
  port: input.port,
  host: '127.0.0.1',
  keys,
  tokens,
  mounts: [{ prefix: '/realtime/v1', service, isOpen: () => false }],
  logger: silentLogger,
})
process.send?.('ready')
process.on('message', () => process.send?.(process.cpuUsage()))
process.once('SIGTERM', () => process.exit(0))
