import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contactsImport } from '../../../supabase/functions/_shared/campaigns/mod.ts'
import {
  type CsvDialect,
  type CsvPosition,
  detectCsv,
  findEncoding,
  importLimits,
  looksLikeHeader,
  parseCsv,
  readCsvRows,
  rowMapper,
  suggestMapping,
} from '../../../supabase/functions/_shared/imports/mod.ts'

const comma: CsvDialect = { delimiter: ',', lineEnd: '\n' }
const bytesOf = (text: string) => new TextEncoder().encode(text)

/** A stream that gives its bytes in parts of some size. */
function streamOf(bytes: Uint8Array, partSize: number): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.slice(at, at + partSize))
      at += partSize
    },
  })
}

async function readAll(bytes: Uint8Array, options: { from?: CsvPosition; partSize?: number; mostRows?: number } = {}) {
  const format = detectCsv(bytes, true)
  const { from = { byte: format.start, row: 1 }, partSize = 7, mostRows = 3 } = options
  const batches = []
  for await (const batch of readCsvRows(
    async (start) => streamOf(bytes.slice(start), partSize),
    format,
    from,
    mostRows,
  ))
    batches.push(batch)
  return batches
}

const windows1252 = (text: string) => Uint8Array.from(text, (letter) => (letter === '€' ? 0x80 : letter.charCodeAt(0)))
function utf16(text: string, isBigEndian: boolean, mark = true): Uint8Array {
  const marked = mark ? `\uFEFF${text}` : text
  const view = new DataView(new ArrayBuffer(marked.length * 2))
  for (let at = 0; at < marked.length; at += 1) view.setUint16(at * 2, marked.charCodeAt(at), !isBigEndian)
  return new Uint8Array(view.buffer)
}

describe('CSV of an import', () => {
  it('[VEN-08] finds encoding, delimiter and line ends of what spreadsheets write', () => {
    const text = 'Name;E-Mail\r\nJosé €;jose@example.com\r\n'
    expect(detectCsv(bytesOf(text), true)).toEqual({ encoding: 'utf-8', delimiter: ';', lineEnd: '\n', start: 0 })
    expect(detectCsv(bytesOf(`\uFEFF${text}`), true)).toMatchObject({ encoding: 'utf-8', start: 3 })
    expect(detectCsv(windows1252(text), true)).toMatchObject({ encoding: 'windows-1252', delimiter: ';' })
    expect(detectCsv(utf16(text, false), true)).toMatchObject({ encoding: 'utf-16le', start: 2, delimiter: ';' })
    expect(detectCsv(utf16(text, true), true)).toMatchObject({ encoding: 'utf-16be', start: 2, delimiter: ';' })
    expect(detectCsv(utf16(text, false, false), true)).toMatchObject({ encoding: 'utf-16le', start: 0 })
    expect(detectCsv(bytesOf('a\tb, c\r1\t2\r'), true)).toMatchObject({ delimiter: '\t', lineEnd: '\r' })
    expect(detectCsv(bytesOf('sep=|\na,b|c,d\n1,2|3,4\n'), true)).toMatchObject({ delimiter: '|', start: 6 })
    expect(detectCsv(bytesOf('"a;b;c",d\n"1;2;3",4\n'), true)).toMatchObject({ delimiter: ',' })
  })

  it('takes what people say about their file over the guess', () => {
    const choice = { encoding: 'windows-1252', delimiter: '|' } as const
    expect(detectCsv(bytesOf('a,b\n1,2\n'), true, choice)).toMatchObject(choice)
  })

  it('refuses what is no text', () => {
    const noise = Uint8Array.from({ length: 4000 }, (_, at) => (at * 7919) % 32)
    expect(() => findEncoding(noise)).toThrow(expect.objectContaining({ status: 422, code: 'import_file_not_text' }))
  })

  it('reads every record that was written, however the bytes arrive', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 2, maxLength: 4 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 50 }),
        fc.constantFrom('\n', '\r\n'),
        async (records, partSize, lineEnd) => {
          const written = [['a', 'b'], ...records]
          const cells = written.map((record) => record.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','))
          const batches = await readAll(bytesOf(cells.join(lineEnd)), { partSize })
          expect(batches.flatMap(({ rows }) => rows.map((row) => row.cells))).toEqual(written)
          expect(batches.at(-1)?.isLast).toBe(true)
        },
      ),
      { numRuns: 60 },
    ))

  it('[A4-11] goes on from any checkpoint without losing or repeating a row, in each encoding', async () => {
    const text = Array.from({ length: 40 }, (_, at) => (at % 5 === 0 ? `"a ""${at}\né€",b` : `é${at},b${at}`)).join(
      '\r\n',
    )
    for (const bytes of [bytesOf(`\uFEFF${text}`), utf16(text, false), utf16(text, true), windows1252(text)]) {
      const batches = await readAll(bytes)
      const all = batches.flatMap(({ rows }) => rows)
      expect(all.map(({ number }) => number)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1))
      for (const [at, { position }] of batches.entries()) {
        const after = (await readAll(bytes, { from: position })).flatMap(({ rows }) => rows)
        expect([...batches.slice(0, at + 1).flatMap(({ rows }) => rows), ...after]).toEqual(all)
      }
    }
  })

  it('counts blank lines as rows and leaves them out', async () => {
    const [batch] = await readAll(bytesOf('a,b\n\n1,2\n   \n3,4'), { mostRows: 10, partSize: 100 })
    expect(batch?.rows.map(({ number }) => number)).toEqual([1, 3, 5])
  })

  it('says what is wrong with a file: quotes that do not end, one huge cell, too many columns, bytes of another encoding', async () => {
    const refused = (code: string) => expect.objectContaining({ status: 422, code, hint: expect.any(String) })
    expect(() => parseCsv('a,b\n1,"2', comma, { isLast: true })).toThrow(refused('import_quote_not_closed'))
    const columns = 'x,'.repeat(importLimits.columns + 1)
    expect(() => parseCsv(columns, comma, { isLast: true })).toThrow(refused('import_too_many_columns'))
    const late = new Uint8Array([...bytesOf(`a,b\n${'x,y\n'.repeat(100_000)}`), 0xff, 0x0a])
    const read = async () => {
      const format = { ...comma, encoding: 'utf-8', start: 0 } as const
      for await (const _ of readCsvRows(async () => streamOf(late, 65_536), format, { byte: 0, row: 1 }, 1000));
    }
    await expect(read()).rejects.toThrow(refused('import_encoding_invalid'))
  })

  it('stops early at a cell of a gigabyte, without reading it all', async () => {
    let given = 0
    const huge = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (given >= 1_000_000_000) return controller.close()
        controller.enqueue(bytesOf(given === 0 ? 'a,b\n1,"x' : 'x'.repeat(65_536)))
        given += 65_536
      },
    })
    const format = { ...comma, encoding: 'utf-8', start: 0 } as const
    const read = async () => {
      for await (const _ of readCsvRows(async () => huge, format, { byte: 0, row: 1 }, 1000));
    }
    await expect(read()).rejects.toThrow(expect.objectContaining({ code: 'import_record_too_long' }))
    expect(given).toBeLessThan(3_000_000)
  })

  it('tells a header from values', () => {
    expect(
      looksLikeHeader([
        ['Name', 'E-mail'],
        ['Ada', 'ada@example.com'],
      ]),
    ).toBe(true)
    expect(
      looksLikeHeader([
        ['Ada', 'ada@example.com'],
        ['Ben', 'ben@example.com'],
      ]),
    ).toBe(false)
    expect(looksLikeHeader([['1', '2']])).toBe(false)
    expect(looksLikeHeader([['Name', 'Name']])).toBe(false)
    expect(looksLikeHeader([])).toBe(false)
  })
})

describe('mapping of columns', () => {
  const suggest = (header: string[], sample: string[][] = []) =>
    Object.fromEntries(
      suggestMapping(contactsImport.fields, header, sample).map(({ field, column }) => [field, column]),
    )

  it('[A4-11] is suggested by names, synonyms, similar names and what stands in a column', () => {
    expect(suggest(['Prénom', 'SURNAME', 'E-mail Address', 'Mobile Number', 'jobTitle'])).toEqual({
      first_name: 0,
      last_name: 1,
      email: 2,
      phone: 3,
      job_title: 4,
    })
    expect(suggest(['Compny', 'Frist name', 'Emails'])).toEqual({ company: 0, first_name: 1, email: 2 })
    expect(suggest(['x', 'y'], [['+234 803 555 0101', 'ada@example.com']])).toEqual({ phone: 0, email: 1 })
    expect(suggest(['', '??'])).toEqual({})
  })

  it('[VEN-08] cleans and checks the values of a row, and says which is wrong', () => {
    const map = rowMapper(contactsImport, { email: 0, phone: 1, first_name: 2, country: 3 })
    expect(map([' Ada@Example.COM ', '0049 (30) 12-34 56', 'Ada\t\u0000Lovelace', 'ng'])).toEqual({
      values: ['ada@example.com', '+4930123456', 'Ada Lovelace', null, null, null, 'NG', null],
      problems: [],
    })
    expect(map(['not an address', '12', '', 'Nigeria']).problems).toEqual([
      { field: 'email', code: 'value_invalid', message: 'is no e-mail address', value: 'not an address' },
      { field: 'phone', code: 'value_invalid', message: expect.stringContaining('phone number'), value: '12' },
      { field: 'country', code: 'value_invalid', message: expect.stringContaining('country code'), value: 'Nigeria' },
    ])
    expect(map(['', '', 'Ada']).problems).toEqual([
      { field: null, code: 'row_invalid', message: 'needs an e-mail address or a phone number', value: null },
    ])
  })

  it('keeps formulas as the text that they are', () => {
    const map = rowMapper(contactsImport, { email: 0, company: 1 })
    const formula = `=cmd|' /C calc'!A0`
    expect(map(['ada@example.com', formula]).values).toContain(formula)
  })
})
