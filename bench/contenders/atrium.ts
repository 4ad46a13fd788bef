// This project's REST behind its gateway, as a stack runs them: keys, tokens, CORS and all.
import { z } from 'zod'
import { startGateway } from '../../local/gateway.ts'
import { silentLogger } from '../../local/logger.ts'
import { createRestService } from '../../local/rest/mod.ts'
import { loadSecrets } from '../../local/secrets.ts'
import { createTokens } from '../../local/tokens.ts'

const input = z
  .object({
    databaseUrl: z.string(),
    port: z.coerce.number(),
    secretsFolder: z.string(),
    aggregates: z.stringbool().default(false),
  })
  .parse(JSON.parse(process.argv[2] ?? '{}'))
const { keys } = await loadSecrets(input.secretsFolder)
const tokens = await createTokens(keys)
const rest = await createRestService({
  databaseUrl: input.databaseUrl,
  schemas: ['public'],
  extraSearchPath: ['public', 'extensions'],
  maxRows: 1000,
  anonRole: 'anon',
  preRequest: null,
  aggregatesEnabled: input.aggregates,
  planEnabled: false,
  txEnd: 'commit',
  poolSize: 10,
  useDatabaseConfig: true,
  verifyToken: tokens.verify,
  logger: silentLogger,
})
await startGateway({
  port: input.port,
  host: '127.0.0.1',
  keys,
  tokens,
  mounts: [{ prefix: '/rest/v1', service: rest, isOpen: () => false, knowsAnonymous: true }],
  logger: silentLogger,
})
process.send?.('ready')
process.once('SIGTERM', () => process.exit(0))
