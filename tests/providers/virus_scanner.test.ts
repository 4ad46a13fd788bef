import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ProviderError } from '../../supabase/functions/_shared/providers/mod.ts'
import { type VirusScanner, virusScanner } from '../../supabase/functions/_shared/providers/virus-scanner/mod.ts'
import { readEnv } from '../../supabase/functions/_shared/runtime/mod.ts'
import { startTestSandbox, type TestSandbox } from '../local/sandbox/sandbox_support.ts'
import { eicar, inPieces, unreadable } from '../support/contents.ts'

let sandbox: TestSandbox
beforeAll(async () => {
  sandbox = await startTestSandbox()
})
afterAll(() => sandbox.close())
beforeEach(() => sandbox.client.resetProvider('clamav'))

function scannerOf(kind: string, url: string, others: Record<string, string> = {}): VirusScanner {
  const scanner = virusScanner(
    readEnv({
      SUPABASE_URL: 'http://127.0.0.1:54321',
      SUPABASE_SECRET_KEYS: '{"default":"sb_secret_x"}',
      VIRUS_SCANNER: kind,
      VIRUS_SCANNER_URL: url,
      ...others,
    }),
  )
  if (!scanner) throw new Error('No scanner is configured')
  return scanner
}

const sandboxUrl = (kind: string) =>
  kind === 'clamd' ? `tcp://127.0.0.1:${sandbox.scannerPort}` : `${sandbox.url}/clamav`
const kinds = ['clamd', 'clamav-rest', 'clamav-rest-api'] as const
const patient = () => AbortSignal.timeout(60_000)
const scan = (scanner: VirusScanner, content: Uint8Array, signal = patient()) =>
  scanner.scan(inPieces(content), { sizeBytes: content.byteLength, signal })

/** What every scanner must do, a real one too. */
function contract(make: () => VirusScanner) {
  it('[FIL-07] calls ordinary content clean, and says who says so', async () => {
    const answer = await scan(make(), new TextEncoder().encode('Nothing to see here'))
    expect(answer).toEqual({ verdict: 'clean', finding: null, engine: expect.stringMatching(/^ClamAV \d/) })
    expect(await make().version(patient())).toBe(answer.engine)
  })

  it('[FIL-07] names what it finds', async () => {
    const answer = await scan(make(), eicar())
    expect(answer).toMatchObject({ verdict: 'infected', finding: expect.stringMatching(/eicar/i) })
  })

  it('scans empty content', async () => {
    expect(await scan(make(), new Uint8Array())).toMatchObject({ verdict: 'clean' })
  })

  it('[FIL-07] takes several megabytes in pieces', async () => {
    expect(await scan(make(), new Uint8Array(5_000_000).fill(7))).toMatchObject({ verdict: 'clean' })
  })

  it('throws what reading the content threw, and no verdict', async () => {
    const failure = new Error('The source broke')
    const reading = make().scan(unreadable(failure), { sizeBytes: 1000, signal: patient() })
    await expect(reading).rejects.toThrow('The source broke')
  })

  it('gives up when it is told to', async () => {
    const content = inPieces(new Uint8Array(10))
    const scanning = make().scan(content, { sizeBytes: 10, signal: AbortSignal.abort() })
    await expect(scanning).rejects.toMatchObject({ failure: 'aborted' })
  })
}

describe.each(kinds)('the port of virus scanners, by %s', (kind) => {
  const own = (others: Record<string, string> = {}) => scannerOf(kind, sandboxUrl(kind), others)
  contract(own)

  it('[FIL-07] finds a virus that lies across two pieces', async () => {
    const content = Buffer.concat([new Uint8Array(65_500).fill(32), eicar(), new Uint8Array(65_500).fill(32)])
    expect(await scan(own(), content)).toMatchObject({ verdict: 'infected' })
  })

  it('[FIL-07] refuses what is larger than the scanner takes before anything is sent', async () => {
    const scanning = scan(own({ VIRUS_SCANNER_MAX_BYTES: '10' }), new Uint8Array(11))
    await expect(scanning).rejects.toMatchObject({ failure: 'refused', vendorCode: 'size_limit', isRetryable: false })
    expect(await sandbox.client.listCalls('clamav')).toEqual([])
  })

  it('[FIL-07] refuses what the scanner itself calls too large', async () => {
    await sandbox.client.setDials('clamav', {
      failNext: 1,
      failStatus: 413,
      only: kind === 'clamd' ? 'INSTREAM' : '/scan',
    })
    const scanning = scan(own(), new Uint8Array(3_000_000))
    await expect(scanning).rejects.toMatchObject({ failure: 'refused', vendorCode: 'size_limit' })
  })

  it.each([500, 503])(
    '[FIL-07] is unavailable when the scanner fails with %i, and passes nothing',
    async (failStatus) => {
      await sandbox.client.setDials('clamav', {
        failNext: 1,
        failStatus,
        only: kind === 'clamd' ? 'INSTREAM' : '/scan',
      })
      const error = await scan(own(), eicar()).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(ProviderError)
      expect(error).toMatchObject({ failure: 'unavailable', isRetryable: true })
    },
  )

  it('[FIL-07] stops waiting for a scanner that hangs', async () => {
    await sandbox.client.setDials('clamav', { timeOutNext: 1, only: kind === 'clamd' ? 'INSTREAM' : '/scan' })
    const scanning = scan(own(), eicar(), AbortSignal.timeout(1_000))
    await expect(scanning).rejects.toMatchObject({ failure: 'aborted' })
  })

  it('is unavailable where nothing listens', async () => {
    const scanner = scannerOf(kind, kind === 'clamd' ? 'tcp://127.0.0.1:1' : 'http://127.0.0.1:1')
    await expect(scan(scanner, eicar())).rejects.toMatchObject({ failure: 'unavailable' })
    await expect(scanner.version(patient())).rejects.toMatchObject({ failure: 'unavailable' })
  })

  it('does not take something else for a scanner', async () => {
    const scanner = scannerOf(kind, kind === 'clamd' ? `tcp://127.0.0.1:${sandbox.smtpPort}` : `${sandbox.url}/slack`)
    await expect(scan(scanner, eicar(), AbortSignal.timeout(1_000))).rejects.toBeInstanceOf(ProviderError)
  })
})

it('shows its token to a proxy in front of an HTTP scanner', async () => {
  await scan(scannerOf('clamav-rest', sandboxUrl('clamav-rest'), { VIRUS_SCANNER_TOKEN: 'secret' }), eicar())
  const calls = await sandbox.client.listCalls('clamav')
  expect(calls.map(({ path }) => path)).toEqual(['/clamav/v2/scan', '/clamav/version'])
  expect(calls.every(({ headers }) => 'authorization' in headers)).toBe(true)
})

it('has no scanner where none is set up', () => {
  const bare = { SUPABASE_URL: 'http://127.0.0.1:54321', SUPABASE_SECRET_KEYS: '{"default":"sb_secret_x"}' }
  expect(virusScanner(readEnv(bare))).toBeNull()
  expect(() => readEnv({ ...bare, VIRUS_SCANNER: 'clamd' })).toThrow('VIRUS_SCANNER_URL is missing')
  expect(() => readEnv({ ...bare, VIRUS_SCANNER: 'clamd', VIRUS_SCANNER_URL: 'http://10.0.0.5' })).toThrow('tcp://')
})

/** A real clamd, where one runs on this machine. */
const real = { host: process.env.CLAMD_HOST ?? '127.0.0.1', port: Number(process.env.CLAMD_PORT ?? 3310) }
const isThere = await new Promise<boolean>((resolve) => {
  const socket = connect(real, () => resolve(true)).on('error', () => resolve(false))
  socket.on('connect', () => socket.destroy())
})
describe.skipIf(!isThere)('the same contract with the real clamd', () => {
  contract(() => scannerOf('clamd', `tcp://${real.host}:${real.port}`))
})
