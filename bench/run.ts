import { parseArgs } from 'node:util'
import { measureAccess } from './access.ts'
import { measureAudit } from './audit.ts'
import { measureBilling } from './billing.ts'
import { measureBillingConvergence } from './billing_convergence.ts'
import { measureBoot } from './boot.ts'
import { measureExport } from './export.ts'
import { measureFaults } from './faults.ts'
import { measureImport } from './import.ts'
import { measureJobs } from './jobs.ts'
import { measureLimits } from './limits.ts'
import { measureRealtime } from './realtime.ts'
import { measureRest } from './rest.ts'
import { measureStorage } from './storage.ts'

// `npm run bench -- <name>`: measures contenders side by side in one run and prints ratios.

const benches: Record<string, (options: BenchOptions) => Promise<void>> = {
  rest: measureRest,
  access: measureAccess,
  audit: measureAudit,
  billing: measureBilling,
  boot: measureBoot,
  realtime: measureRealtime,
  storage: measureStorage,
  limits: measureLimits,
  jobs: measureJobs,
  faults: measureFaults,
  import: measureImport,
  export: measureExport,
  'billing-convergence': measureBillingConvergence,
}
/** Seconds of load where a bench's goal names them; 5 elsewhere. */
const usualSeconds: Record<string, string> = { realtime: '30' }

/** How long a bench takes. */
export interface BenchOptions {
  /** Seconds of load in each round. */
  readonly seconds: number
  /** Rounds in which every contender has one turn; the median of them counts. */
  readonly rounds: number
  /** The one subject to measure, of a bench that has several. */
  readonly subject?: string
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string' }, rounds: { type: 'string', default: '5' } },
})
const name = positionals[0] ?? ''
const bench = benches[name]
if (bench) {
  await bench({
    seconds: Number(values.seconds ?? usualSeconds[name] ?? 5),
    rounds: Number(values.rounds),
    ...(positionals[1] === undefined ? {} : { subject: positionals[1] }),
  })
} else {
  console.error(`Usage: npm run bench -- <${Object.keys(benches).join('|')}> [--seconds 5] [--rounds 5]`)
  process.exitCode = 1
}
