import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { freePorts } from '../local/ports.ts'
import { loadSecrets } from '../local/secrets.ts'
import { createTokens } from '../local/tokens.ts'
import { withFreshDatabase } from '../scripts/fresh_database.ts'
import { startLite } from './contenders/lite.ts'
import type { BenchOptions } from './run.ts'
import { startChild } from './support/child.ts'
import { benchSize, fillBenchData } from './support/data.ts'
import { type Contender, measureSideBySide, requireSameAnswer } from './support/load.ts'

/** The newest items of one organisation with its name: what a list page asks for. */
const pathFor = (organization: string) =>
  `/rest/v1/bench_items?select=id,title,amount_cents,created_at,organizations(id,name)&organization_id=eq.${organization}` +
  '&order=created_at.desc&limit=10'

/** An RLS read of ten rows with an embed: this project, `@supabase/lite` and the floor, on one database in one run. */
export async function measureRest(options: BenchOptions): Promise<void> {
  const secretsFolder = await mkdtemp(join(tmpdir(), 'atrium-bench-'))
  try {
    await withFreshDatabase(async (_url, server) => {
      console.log(`Filling ${benchSize.organizations * benchSize.itemsPerOrganization} rows ...`)
      const data = await fillBenchData(server.url())
      const contenders: Contender[] = []
      try {
        // Added one by one, so that a failed start stops those before it.
        for await (const contender of startContenders(server.url, secretsFolder, data)) contenders.push(contender)
        await requireSameAnswer(contenders)
        report(await measureSideBySide(contenders, options))
      } finally {
        for (const contender of contenders) await contender.stop()
      }
    })
  } finally {
    await rm(secretsFolder, { recursive: true, force: true })
  }
}

async function* startContenders(
  databaseUrl: (database: string, role: string) => string,
  secretsFolder: string,
  { person, organization }: { person: string; organization: string },
): AsyncGenerator<Contender> {
  const [atriumPort = 0, floorPort = 0, litePort = 0] = await freePorts(3)
  const { keys } = await loadSecrets(secretsFolder)
  const now = Math.floor(Date.now() / 1000)
  const claims = { sub: person, role: 'authenticated', aud: 'authenticated', iat: now, exp: now + 86_400 }
  const token = await (await createTokens(keys)).sign(claims)
  const liteToken = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(new TextEncoder().encode(keys.jwtSecret))
  const authenticator = databaseUrl('postgres', 'authenticator')
  const url = (port: number) => `http://127.0.0.1:${port}${pathFor(organization)}`

  const atrium = await startChild('atrium.ts', {
    databaseUrl: authenticator,
    port: String(atriumPort),
    secretsFolder,
  })
  yield {
    name: 'atrium',
    url: url(atriumPort),
    headers: { apikey: keys.publishableKey, authorization: `Bearer ${token}` },
    stop: atrium.stop,
  }
  const floor = await startChild('floor.ts', {
    databaseUrl: authenticator,
    port: String(floorPort),
    claims: JSON.stringify(claims),
    organization,
  })
  yield { name: 'floor', url: url(floorPort), headers: {}, stop: floor.stop }
  const lite = await startLite({
    databaseUrl: databaseUrl('postgres', 'postgres'),
    port: litePort,
    jwtSecret: keys.jwtSecret,
  })
  yield {
    name: '@supabase/lite',
    url: url(litePort),
    headers: { apikey: 'sb_publishable_bench', authorization: `Bearer ${liteToken}` },
    stop: lite.stop,
  }
}

function report(measurements: Awaited<ReturnType<typeof measureSideBySide>>): void {
  console.table(
    measurements.map(({ name, requestsPerSecond, p50, p99 }) => ({
      name,
      'requests/s': Math.round(requestsPerSecond),
      'p50 ms': p50,
      'p99 ms': p99,
    })),
  )
  const rate = (name: string) => measurements.find((measurement) => measurement.name === name)?.requestsPerSecond ?? 0
  console.log(`atrium / @supabase/lite  ${(rate('atrium') / rate('@supabase/lite')).toFixed(1)} times`)
  console.log(`atrium / floor           ${((rate('atrium') / rate('floor')) * 100).toFixed(0)} %`)
}
