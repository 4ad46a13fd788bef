// This project's storage behind its gateway, as a stack runs it: keys, tokens, policies and all.
import { z } from 'zod'
import { startGateway } from '../../local/gateway.ts'
import { silentLogger } from '../../local/logger.ts'
import { loadSecrets } from '../../local/secrets.ts'
import { createStorageService, storageSection } from '../../local/storage/mod.ts'
import { createTokens } from '../../local/tokens.ts'

const input = z
  .object({ databaseUrl: z.string(), port: z.coerce.number(), secretsFolder: z.string(), folder: z.string() })
  .parse(JSON.parse(process.argv[2] ?? '{}'))
const { keys } = await loadSecrets(input.secretsFolder)
const tokens = await createTokens(keys)
const storage = await createStorageService({
  databaseUrl: input.databaseUrl,
  folder: input.folder,
  config: storageSection.parse({ buckets: { bench: {} } }),
  tokens,
  logger: silentLogger,
})
await startGateway({
  port: input.port,
  host: '127.0.0.1',
  keys,
  tokens,
  mounts: [{ prefix: '/storage/v1', service: storage, isOpen: () => true }],
  logger: silentLogger,
})
process.send?.('ready')
process.once('SIGTERM', () => process.exit(0))
