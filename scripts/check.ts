import { spawn } from 'node:child_process'
import { access, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { z } from 'zod'
import { withDebianPostgres } from './debian_postgres.ts'

// `npm run check`: what CI runs. Each step prints its own output; the last line is the sum of all.

const folder = join(import.meta.dirname, '..')
const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({ status: z.string(), fullName: z.string(), failureMessages: z.array(z.string()) }),
      ),
    }),
  ),
})
type Report = z.output<typeof reportSchema>

interface Outcome {
  passed: number
  failed: number
  skipped: number
}

interface Step {
  readonly name: string
  run(): Promise<Outcome>
}

function run(
  program: string,
  parameters: readonly string[],
  environment: Record<string, string> = {},
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...environment },
    })
    child.on('error', reject)
    child.on('close', (code) => resolve(code === 0))
  })
}

/** A step that passes when its command does. */
function command(name: string, program: string, ...parameters: string[]): Step {
  return {
    name,
    async run() {
      const succeeded = await run(program, parameters)
      return { passed: succeeded ? 1 : 0, failed: succeeded ? 0 : 1, skipped: 0 }
    },
  }
}

const script = (name: string, ...parameters: string[]) => command(name, process.execPath, ...parameters)

/** Each failed test with its file and its message: told again at the end, where a long log is read first. */
function failuresOf(report: Report): string[] {
  const failures: string[] = []
  for (const file of report.testResults) {
    const path = relative(folder, file.name)
    const failed = file.assertionResults.filter((test) => test.status === 'failed')
    for (const test of failed) failures.push(`${path}: ${test.fullName}\n${test.failureMessages.join('\n')}`)
    if (file.status === 'failed' && failed.length === 0) failures.push(`${path}: ${file.message}`)
  }
  return failures
}

/** A step that counts the tests of a vitest run. */
async function tests(parameters: readonly string[], environment: Record<string, string> = {}): Promise<Outcome> {
  const reports = await mkdtemp(join(tmpdir(), 'atrium-report-'))
  const file = join(reports, 'report.json')
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const succeeded = await run('vitest', ['run', ...reporters, ...parameters], environment)
    const report = reportSchema.parse(JSON.parse(await readFile(file, 'utf8')))
    failedTests.push(...failuresOf(report))
    // A run can fail without a failed test: an error in a hook or in the set-up.
    const failed = succeeded ? report.numFailedTests : Math.max(1, report.numFailedTests)
    return { passed: report.numPassedTests, failed, skipped: report.numPendingTests }
  } finally {
    await rm(reports, { recursive: true, force: true })
  }
}

const failedTests: string[] = []
const databaseTests = ['tests/catalog', 'tests/database']

const steps: Step[] = [
  command('format and lint', 'biome', 'ci', '.'),
  command('types', 'tsc', '-p', '.'),
  command(
    'types of the edge functions',
    'deno',
    ...'check --quiet --config supabase/functions/deno.json --no-remote --cached-only supabase/functions'.split(' '),
  ),
  script('lock file', 'scripts/complete_lock.ts', '--check'),
  script('migrations are generated', 'scripts/db_build.ts', '--check'),
  script('database types are generated', 'scripts/types.ts', '--check'),
  script('permission matrix is generated', 'scripts/permission_matrix.ts', '--check'),
  script('OpenAPI document is generated', 'scripts/openapi.ts', '--check'),
  script('database matches its sources, advisors are clean', 'scripts/db_verify.ts'),
  script('acceptance register', 'scripts/acceptance.ts'),
  { name: 'tests', run: () => tests([]) },
]

if (await hasDebianPostgres()) {
  steps.push({
    name: 'database tests on Postgres 15 with the real pg_cron',
    run: () => withDebianPostgres((url) => tests(databaseTests, { DATABASE_URL: url })),
  })
} else if (process.env.CI) {
  throw new Error('Postgres 15 with pg_cron is not installed: .ci/run installs it')
} else {
  console.log('Postgres 15 with pg_cron is not installed (Debian: postgresql-15-cron): its tests run in CI only.')
}

function hasDebianPostgres(): Promise<boolean> {
  return access('/usr/share/postgresql/15/extension/pg_cron.control').then(
    () => true,
    () => false,
  )
}

const total: Outcome = { passed: 0, failed: 0, skipped: 0 }
const failedSteps: string[] = []
for (const step of steps) {
  const begun = performance.now()
  console.log(`\n== ${step.name}`)
  const outcome = await step.run().catch((error: unknown): Outcome => {
    console.error(error)
    return { passed: 0, failed: 1, skipped: 0 }
  })
  console.log(`== ${step.name}: ${outcome.failed === 0 ? 'ok' : 'FAILED'} (${seconds(begun)} s)`)
  if (outcome.failed > 0) failedSteps.push(step.name)
  total.passed += outcome.passed
  total.failed += outcome.failed
  total.skipped += outcome.skipped
}

function seconds(begun: number): string {
  return ((performance.now() - begun) / 1000).toFixed(1)
}

for (const failure of failedTests) console.log(`\nFAILED ${failure.slice(0, 2000)}`)
if (failedSteps.length > 0) console.log(`\nFailed: ${failedSteps.join('; ')}`)
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`)
process.exitCode = total.failed > 0 ? 1 : 0
