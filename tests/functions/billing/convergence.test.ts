import { expect, it } from 'vitest'
import { testDatabase } from '../../support/postgres.ts'
import { checkConvergence, openLives } from './convergence.ts'

// The same lives each time: others are tried by `npm run bench -- billing-convergence`.
const runs = Number(process.env.BILLING_CONVERGENCE_RUNS ?? 200)
const seed = Number(process.env.BILLING_CONVERGENCE_SEED ?? 3)

it('[A2-01] [A2-02] [A2-03] [A2-04] [A2-05] [TST-03] come to the same rows as in order: lives of which is heard in any order, twice, late and by workers that die', {
  timeout: 600_000,
}, async () => {
  console.info(`BILLING_CONVERGENCE_SEED=${seed}`)
  await using one = await testDatabase()
  await using other = await testDatabase()
  const [ordered, bad] = [await openLives(one.url), await openLives(other.url)]
  try {
    const { rows } = await checkConvergence({ ordered, bad }, { runs, seed })
    // They were lives of which there is something to tell.
    const tables = [
      'customers',
      'subscriptions',
      'items',
      'metered',
      'invoices',
      'lines',
      'payments',
      'methods',
      'limits',
    ]
    for (const table of tables) {
      expect(rows[table], table).toBeGreaterThan(0)
    }
  } finally {
    await Promise.all([ordered.close(), bad.close()])
  }
})
