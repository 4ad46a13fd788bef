import autocannon from 'autocannon'

/** A server under load, and the request to send to it. */
export interface Contender {
  readonly name: string
  readonly url: string
  readonly headers: Record<string, string>
  stop(): Promise<void>
}

/** Outcome of one contender over all rounds. */
export interface Measurement {
  readonly name: string
  /** Answers per second: the median of the rounds, and each round. */
  readonly requestsPerSecond: number
  readonly rounds: readonly number[]
  /** Milliseconds, of the round whose throughput is the median. */
  readonly p50: number
  readonly p99: number
}

const connections = 32

/** Gives each contender a turn in each round, so that a slow moment of the machine hits all alike. */
export async function measureSideBySide(
  contenders: readonly Contender[],
  options: { seconds: number; rounds: number },
): Promise<Measurement[]> {
  const results = new Map<string, autocannon.Result[]>(contenders.map(({ name }) => [name, []]))
  for (const contender of contenders) await turn(contender, Math.min(2, options.seconds))
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const contender of contenders) {
      const result = await turn(contender, options.seconds)
      results.get(contender.name)?.push(result)
      console.log(`  round ${round}  ${contender.name.padEnd(16)} ${Math.round(result.requests.average)} requests/s`)
    }
  }
  return contenders.map(({ name }) => summarise(name, results.get(name) ?? []))
}

async function turn(contender: Contender, seconds: number): Promise<autocannon.Result> {
  const result = await autocannon({ url: contender.url, headers: contender.headers, connections, duration: seconds })
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${contender.name} failed ${result.non2xx + result.errors} requests under load`)
  }
  return result
}

function summarise(name: string, results: autocannon.Result[]): Measurement {
  const sorted = results.toSorted((a, b) => a.requests.average - b.requests.average)
  const median = sorted[Math.floor(sorted.length / 2)]
  if (!median) throw new Error(`${name} was never measured`)
  return {
    name,
    requestsPerSecond: median.requests.average,
    rounds: results.map((result) => result.requests.average),
    p50: median.latency.p50,
    p99: median.latency.p99,
  }
}

/** Fails unless all contenders answer the request with the same JSON. */
export async function requireSameAnswer(contenders: readonly Contender[]): Promise<void> {
  const answers = await Promise.all(
    contenders.map(async ({ name, url, headers }) => {
      const response = await fetch(url, { headers })
      const body: unknown = await response.json()
      if (response.status !== 200) throw new Error(`${name} answered ${response.status}: ${JSON.stringify(body)}`)
      return { name, text: JSON.stringify(body, sameTimes) }
    }),
  )
  const [first] = answers
  for (const { name, text } of answers) {
    if (text !== first?.text) throw new Error(`${name} answers otherwise than ${first?.name}:\n${text}\n${first?.text}`)
  }
}

/** `@supabase/lite` writes times in Postgres's form instead of ISO 8601; the moment is the same. */
function sameTimes(_key: string, value: unknown): unknown {
  const isTime = typeof value === 'string' && /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(value)
  return isTime ? new Date(value).toISOString() : value
}
