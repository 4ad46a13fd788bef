import { withFreshDatabase } from '../scripts/fresh_database.ts'
import { checkConvergence, openLives } from '../tests/functions/billing/convergence.ts'

/**
 * Lives of subscriptions that are heard of badly against the same ones heard of in order, ten times as many as in the
 * tests. `BILLING_CONVERGENCE_RUNS` and `BILLING_CONVERGENCE_SEED` choose how many and which.
 */
export async function measureBillingConvergence(): Promise<void> {
  const runs = Number(process.env.BILLING_CONVERGENCE_RUNS ?? 2_000)
  const seed = Number(process.env.BILLING_CONVERGENCE_SEED ?? Math.floor(Math.random() * 2_147_483_647))
  console.log(`BILLING_CONVERGENCE_SEED=${seed}`)
  await withFreshDatabase((url) =>
    withFreshDatabase(async (otherUrl) => {
      const [ordered, bad] = [await openLives(url), await openLives(otherUrl)]
      const startedAt = performance.now()
      let done = 0
      try {
        const { events, rows } = await checkConvergence(
          { ordered, bad },
          {
            runs,
            seed,
            onRun() {
              done += 1
              if (done % 100 === 0) console.log(`  ${done} of ${runs}`)
            },
          },
        )
        const minutes = (performance.now() - startedAt) / 60_000
        console.log(`${runs} lives came to the same rows: ${events} events, ${minutes.toFixed(1)} min`)
        console.table(rows)
      } finally {
        await Promise.all([ordered.close(), bad.close()])
      }
    }),
  )
}
