import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '../local/logger.ts'
import { freePorts } from '../local/ports.ts'
import { startStack } from '../local/stack.ts'
import type { BenchOptions } from './run.ts'

/** Seconds until a stack is ready: on an empty folder (cold), and on the folder of an earlier start (warm). */
export async function measureBoot(options: BenchOptions): Promise<void> {
  const rows: { round: number; 'cold s': string; 'warm s': string }[] = []
  for (let round = 1; round <= options.rounds; round += 1) {
    const dataFolder = await mkdtemp(join(tmpdir(), 'atrium-boot-'))
    try {
      const cold = await boot(dataFolder)
      const warm = await boot(dataFolder)
      rows.push({ round, 'cold s': cold.toFixed(1), 'warm s': warm.toFixed(1) })
    } finally {
      await rm(dataFolder, { recursive: true, force: true })
    }
  }
  console.table(rows)
}

async function boot(dataFolder: string): Promise<number> {
  const [api = 0, postgres = 0, sandbox = 0, smtp = 0, scanner = 0] = await freePorts(5)
  const begun = performance.now()
  const stack = await startStack({
    projectFolder: join(import.meta.dirname, '..'),
    ports: { api, postgres, sandbox, smtp, scanner },
    dataFolder,
    logger: silentLogger,
    watch: false,
    withSeed: true,
    confirmRebuild: async () => {},
    onProgress: () => {},
  })
  const seconds = (performance.now() - begun) / 1000
  await stack.stop()
  return seconds
}
