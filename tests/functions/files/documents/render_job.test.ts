import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { previewDocument, renderDocumentJobWith } from '../../../../supabase/functions/_shared/documents/mod.ts'
import { createLogger, systemClock } from '../../../../supabase/functions/_shared/runtime/mod.ts'
import { fakeStorage } from '../../../support/fake_storage.ts'
import { readPdf } from '../../../support/read_pdf.ts'
import { fakeJob } from '../../platform/fakes.ts'
import { givenPng, letterData } from './given.ts'

const renderId = '1d3c2b7e-8f0e-4f0e-9d0e-0e0e0e0e0e0e'
const setting = {
  template: {
    ...{ version_id: renderId, kind: 'letter', locale: 'en', title_source: '{{ subject }}' },
    ...{ body_source: '<p>{{ paragraphs[0] }}</p>', page_size: 'A4', page_orientation: 'portrait' },
  },
  organization: {
    ...{ name: 'Lagoon Estates', country: 'NG', primary_color: null, footer: null },
    ...{ logo_path: null, time_zone: 'Africa/Lagos' },
  },
}
const queued = { ...setting, merge_data: letterData('Hello'), locale: 'en', created_at: '2026-11-21T10:00:00.000Z' }
const place = { bucket: 'documents', path: 'organization/document/file/1' }

/** Runs the job against a database with these answers. */
function stage(changes: Record<string, unknown> = {}) {
  const answers = new Map<string, unknown>(
    Object.entries({ get_document_render: queued, begin_document_file: place, ...changes }),
  )
  const calls: [string, object][] = []
  const storage = fakeStorage()
  const run = () =>
    renderDocumentJobWith(() => storage).run(
      {
        clock: systemClock,
        logger: createLogger('test', () => {}),
        signal: AbortSignal.timeout(50_000),
        report: async () => {},
        db: {
          async rpc(name, parameters) {
            calls.push([name, { ...parameters }])
            return { data: answers.get(name) ?? null, error: null }
          },
        },
      },
      fakeJob('document.render', { render_id: renderId }),
    )
  return { run, calls, storage }
}

describe('the job that makes a document', () => {
  it('[A9-10] [FIL-12] puts a PDF into Storage under the checksum that was announced, and again the same one', async () => {
    const { run, calls, storage } = stage()
    expect((await run()).result).toMatchObject({ is_ready: true, pages: 1, missing: 0 })
    const first = storage.objects.get(`${place.bucket}/${place.path}`)
    expect(first?.mediaType).toBe('application/pdf')
    const content = first?.content ?? new Uint8Array()
    const checksum = createHash('sha256').update(content).digest('hex')
    expect(calls).toEqual([
      ['get_document_render', { render_id: renderId }],
      ['begin_document_file', { render_id: renderId, title: 'A subject', checksum }],
      ['finish_document', { render_id: renderId, title: 'A subject', page_count: 1 }],
    ])
    expect((await readPdf(content)).pages[0]?.text).toContain('Hello')
    await run()
    const second = storage.objects.get(`${place.bucket}/${place.path}`)?.content ?? new Uint8Array()
    expect(Buffer.from(second).equals(Buffer.from(content))).toBe(true)
  })

  it('says in the row why a document cannot be made, without the values of its data', async () => {
    const { run, calls, storage } = stage({ get_document_render: { ...queued, merge_data: { subject: 'Secret 42' } } })
    expect((await run()).result).toEqual({ is_ready: false, error_code: 'document_data_invalid' })
    expect(storage.objects.size).toBe(0)
    const [, failure] = calls
    expect(failure?.[0]).toBe('fail_document')
    expect(failure?.[1]).toMatchObject({ code: 'document_data_invalid', message: expect.stringContaining('recipient') })
    expect(JSON.stringify(failure)).not.toContain('Secret')
  })

  it('leaves what nobody waits for', async () => {
    const { run, calls } = stage({ get_document_render: null })
    expect((await run()).result).toEqual({ is_ready: false })
    expect(calls).toHaveLength(1)
    const gone = stage({ begin_document_file: null })
    expect((await gone.run()).result).toEqual({ is_ready: false })
    expect(gone.storage.objects.size).toBe(0)
  })

  it('comes again when Storage has no answer', async () => {
    const { run, calls, storage } = stage()
    storage.failNext(new Error('Storage is away'))
    await expect(run()).rejects.toThrow('Storage is away')
    expect(calls.map(([name]) => name)).not.toContain('fail_document')
  })

  it('does without a logo that is missing or no image', async () => {
    const organization = { ...setting.organization, logo_path: 'organization/logo' }
    const images = async (put?: Uint8Array) => {
      const { run, storage } = stage({ get_document_render: { ...queued, organization } })
      if (put)
        storage.objects.set('avatars/organization/logo', { content: Uint8Array.from(put), mediaType: 'image/png' })
      await run()
      const pdf = await readPdf(storage.objects.get(`${place.bucket}/${place.path}`)?.content ?? new Uint8Array())
      return pdf.pages[0]?.imageCount
    }
    expect(await images(givenPng(30, 10))).toBe(1)
    expect(await images()).toBe(0)
    expect(await images(new TextEncoder().encode('RIFF....WEBP'))).toBe(0)
  })
})

describe('a preview', () => {
  const preview = async (data?: unknown) => {
    const marked: string[] = []
    const rendered = await previewDocument(
      {
        readSetting: async () => ({ ...setting, source_hash: 'hash' }),
        markChecked: async (hash) => void marked.push(hash),
        storage: fakeStorage(),
        clock: systemClock,
        logger: createLogger('test', () => {}),
      },
      data === undefined ? {} : { data },
    )
    return { marked, text: (await readPdf(rendered.bytes)).pages[0]?.text }
  }

  it('[FIL-13] of the sample lets the draft be published', async () => {
    const { marked, text } = await preview()
    expect(marked).toEqual(['hash'])
    expect(text).toContain('We are pleased to confirm')
  })

  it('[FIL-13] of own data shows it, and proves nothing', async () => {
    const { marked, text } = await preview(letterData('Own words'))
    expect(marked).toEqual([])
    expect(text).toContain('Own words')
  })
})
