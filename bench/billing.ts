import { measureCredits } from './billing/credits.ts'
import { measureInvoicing } from './billing/invoices.ts'
import { measureRevenue } from './billing/revenue.ts'
import type { BenchOptions } from './run.ts'

/** One subject of billing; one line for each. */
const subjects: Record<string, (options: BenchOptions) => Promise<void>> = {
  credits: measureCredits,
  revenue: measureRevenue,
  invoices: measureInvoicing,
}

/** What billing costs at size, subject by subject: `npm run bench -- billing`, or `-- billing <subject>` for one. */
export async function measureBilling(options: BenchOptions): Promise<void> {
  const wanted = options.subject === undefined ? Object.keys(subjects) : [options.subject]
  for (const name of wanted) {
    const measure = subjects[name]
    if (!measure) throw new Error(`There is no subject "${name}": ${Object.keys(subjects).join(', ')}`)
    console.log(`\nbilling: ${name}`)
    await measure(options)
  }
}
