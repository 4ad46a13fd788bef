import type { Logger } from '../logger.ts'
import type { Tokens } from '../tokens.ts'
import type { StorageConfig } from './config.ts'
import type { Pool } from './database.ts'
import type { FileStore } from './file_store.ts'
import type { Renders } from './renders.ts'

/** What every flow of the storage service works with. */
export interface Storage {
  readonly pool: Pool
  readonly config: StorageConfig
  readonly tokens: Tokens
  readonly files: FileStore
  readonly renders: Renders
  readonly logger: Logger
}
