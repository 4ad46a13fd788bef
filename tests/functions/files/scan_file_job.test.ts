import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { isolateFileJobWith, scanFileJobWith } from '../../../supabase/functions/_shared/files/mod.ts'
import { ProviderError } from '../../../supabase/functions/_shared/providers/mod.ts'
import type { VirusScanner } from '../../../supabase/functions/_shared/providers/virus-scanner/mod.ts'
import { createLogger, systemClock } from '../../../supabase/functions/_shared/runtime/mod.ts'
import { eicar } from '../../support/contents.ts'
import { fakeStorage } from '../../support/fake_storage.ts'
import { officeFile } from '../../support/office_file.ts'
import { fakeJob } from '../platform/fakes.ts'

const version = { file_id: '7f1c2b7e-8f0e-4f0e-9d0e-0e0e0e0e0e0e', version_number: 2 }
const engine = 'ClamAV 1.4.3/27500/today'
const pdf = new TextEncoder().encode('%PDF-1.7 and so on')

/** A scanner that knows the test virus. */
const scanner: VirusScanner = {
  provider: 'double',
  version: async () => engine,
  async scan(content) {
    const text = await new Response(content).text()
    const isInfected = text.includes(new TextDecoder().decode(eicar()))
    return { verdict: isInfected ? 'infected' : 'clean', finding: isInfected ? 'Eicar-Test-Signature' : null, engine }
  },
}

const failing = (error: Error): VirusScanner => ({ ...scanner, scan: () => Promise.reject(error) })

/** Runs the job for content that was announced so. */
function stage(options: {
  content?: Uint8Array<ArrayBuffer>
  name?: string
  mediaType?: string
  uploadedAs?: string
  state?: string
  scanner?: VirusScanner | null
}) {
  const storage = fakeStorage()
  if (options.content)
    storage.objects.set('documents/org/x', {
      content: options.content,
      mediaType: options.uploadedAs ?? 'application/octet-stream',
    })
  const calls: [string, object][] = []
  const described = {
    ...{ bucket_id: 'documents', object_path: 'org/x', state: options.state ?? 'quarantined' },
    ...{ name: options.name ?? 'Terms.pdf', media_type: options.mediaType ?? 'application/pdf' },
  }
  const deps = {
    clock: systemClock,
    logger: createLogger('test', () => {}),
    signal: AbortSignal.timeout(30_000),
    report: async () => {},
    db: {
      async rpc(name: string, parameters: object) {
        calls.push([name, { ...parameters }])
        if (name === 'describe_file_to_scan') return { data: [described], error: null }
        return { data: { state: 'told', finding: null }, error: null }
      },
    },
  }
  const chosen = options.scanner === undefined ? scanner : options.scanner
  return {
    storage,
    run: () => scanFileJobWith(() => ({ storage, scanner: chosen })).run(deps, fakeJob('file.scan', version)),
    isolate: () => isolateFileJobWith(() => storage).run(deps, fakeJob('file.isolate', { event: version })),
    /** What the scan was ended with; undefined when it was not. */
    told: () => calls.find(([name]) => name === 'finish_scan')?.[1],
    calls,
  }
}

describe('the scan of an upload', () => {
  it('[FIL-07] tells type, size, checksum and engine of what is clean', async () => {
    const { run, told } = stage({ content: pdf })
    await run()
    expect(told()).toEqual({
      ...version,
      outcome: 'clean',
      media_type: 'application/pdf',
      size_bytes: pdf.byteLength,
      checksum: createHash('sha256').update(pdf).digest('hex'),
      engine,
      finding: null,
    })
  })

  it('[FIL-07] names the virus of what is infected, whatever else is wrong with it', async () => {
    const { run, told } = stage({ content: eicar() })
    await run()
    expect(told()).toMatchObject({ outcome: 'infected', finding: 'Eicar-Test-Signature', engine })
  })

  it.each([
    ['announced as something else', { mediaType: 'image/png', name: 'x.png' }, 'announced as image/png, the content'],
    ['uploaded as what browsers run', { uploadedAs: 'text/HTML; charset=utf-8' }, 'uploaded as text/html, the content'],
    ['with a name of something else', { name: 'invoice.exe' }, 'the name ends with ".exe"'],
  ])('[FIL-06] refuses clean content %s', async (_what, options, words) => {
    const { run, told } = stage({ content: pdf, ...options })
    await run()
    expect(told()).toMatchObject({ outcome: 'infected', finding: expect.stringMatching(/^type_mismatch: /) })
    expect(told()).toMatchObject({ finding: expect.stringContaining(words) })
  })

  it('[FIL-06] reads the directory of a document from its end', async () => {
    const mediaType = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
    const { run, told } = stage({ content: officeFile('word/document.xml'), name: 'x.docx', mediaType })
    await run()
    expect(told()).toMatchObject({ outcome: 'clean', media_type: mediaType })
  })

  it('[FIL-07] refuses what the scanner does not take', async () => {
    const tooLarge = new ProviderError('double', 'refused', 'too large', { vendorCode: 'size_limit' })
    const { run, told } = stage({ content: pdf, scanner: failing(tooLarge) })
    await run()
    expect(told()).toMatchObject({
      outcome: 'infected',
      finding: expect.stringMatching(/^too_large: /),
      checksum: null,
    })
  })

  it.each([
    ['is away', failing(new ProviderError('double', 'unavailable', 'away'))],
    ['answers nonsense', failing(new ProviderError('double', 'invalid_response', 'what?'))],
    ['does not accept us', failing(new ProviderError('double', 'misconfigured', 'who?'))],
    ['is not set up', null],
  ])(
    '[FIL-07] [A11-10] decides nothing while the scanner %s, and comes again without using up attempts',
    async (_what, one) => {
      const { run, told } = stage({ content: eicar(), scanner: one })
      await expect(run()).rejects.toMatchObject({ isPostponement: true, isPermanent: false, retryAfterSeconds: 120 })
      expect(told()).toBeUndefined()
    },
  )

  it('[FIL-07] passes nothing that the scanner did not read to its end', async () => {
    const hasty: VirusScanner = {
      ...scanner,
      async scan(content) {
        await content.cancel()
        return { verdict: 'clean', finding: null, engine }
      },
    }
    const { run, told } = stage({ content: pdf, scanner: hasty })
    await expect(run()).rejects.toThrow('ended early')
    expect(told()).toBeUndefined()
  })

  it('tries again when Storage cannot be read', async () => {
    const { run, told, storage } = stage({ content: pdf })
    storage.failNext(new Error('Storage is away'))
    await expect(run()).rejects.toThrow('Storage is away')
    expect(told()).toBeUndefined()
  })

  it('ends for good when there is no object', async () => {
    await expect(stage({}).run()).rejects.toMatchObject({ isPermanent: true })
  })

  it('leaves alone what was decided before', async () => {
    const { run, told } = stage({ content: pdf, state: 'clean' })
    expect(await run()).toEqual({ result: { state: 'clean' } })
    expect(told()).toBeUndefined()
  })
})

describe('the isolation of an infected version', () => {
  it('[FIL-07] removes its content and says so', async () => {
    const { isolate, storage, calls } = stage({ content: eicar(), state: 'infected' })
    expect(await isolate()).toEqual({ result: { is_removed: true } })
    expect(storage.objects.size).toBe(0)
    expect(calls.at(-1)).toEqual(['forget_infected_object', version])
    expect(await isolate()).toEqual({ result: { is_removed: true } })
  })

  it('touches nothing that is not infected', async () => {
    const { isolate, storage } = stage({ content: pdf, state: 'clean' })
    expect(await isolate()).toEqual({ result: { is_removed: false } })
    expect(storage.objects.size).toBe(1)
  })
})
