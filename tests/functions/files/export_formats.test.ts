import { inflateRawSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { strFromU8, unzipSync } from 'fflate'
import { read } from 'hucre'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  columnsOf,
  crc32,
  type ExportRow,
  exportFormats,
  workbookFormat,
} from '../../../supabase/functions/_shared/exports/mod.ts'
import { exportedFile } from './export_support.ts'

const item = z.object({
  id: z.uuid(),
  name: z.string(),
  phone: z.string().nullable(),
  amount: z.number().nullable(),
  is_active: z.boolean(),
  tags: z.array(z.string()),
  born_on: z.iso.date().nullable(),
  created_at: z.iso.datetime({ offset: true }),
})
const table = { title: 'People', columns: columnsOf(item, Object.keys(item.shape)) }

const row = (changes: ExportRow = {}): ExportRow => ({
  id: '7f1c2b7e-8f0e-4f0e-9d0e-0e0e0e0e0e0e',
  name: 'Ada',
  phone: null,
  amount: 1,
  is_active: true,
  tags: [],
  born_on: null,
  created_at: '2026-01-31T09:30:00.123456+00:00',
  ...changes,
})
/** Texts that something on the way could spoil. */
const awkward = [
  'plain',
  'comma, "quotes" and\nline\r\nfeeds',
  ' spaces around ',
  'Ọ̀ṣun ₦ ₹ € देवनागरी 😀',
  '<b>&amp;</b>',
  'control \u0001 and \u000b',
  'looks _x0041_ escaped',
  'lone \ud800 surrogate',
  '',
]
const readable = (text: string) => text.toWellFormed()
const text = (bytes: Uint8Array) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
const csvRecords = (bytes: Uint8Array): unknown => parse(Buffer.from(bytes), { bom: true, columns: true })
const sheets = async (bytes: Uint8Array) => (await read(bytes)).sheets

describe('an exported CSV', () => {
  const write = (rows: ExportRow[]) => exportedFile(exportFormats.csv, table, rows)

  it('[ANA-15] is read back as it was by a parser of RFC 4180, from UTF-8 that Excel recognizes', async () => {
    const bytes = await write(awkward.map((name) => row({ name })))
    expect([...bytes.slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    expect(csvRecords(bytes)).toEqual(
      awkward.map((name) => expect.objectContaining({ name: readable(name), created_at: row().created_at })),
    )
    expect(text(bytes).split('\r\n')[0]).toBe('\uFEFFid,name,phone,amount,is_active,tags,born_on,created_at')
  })

  it('[ANA-15] has a header and nothing else when there are no rows', async () => {
    expect(text(await write([])).trimEnd()).toBe('\uFEFFid,name,phone,amount,is_active,tags,born_on,created_at')
  })

  it.each([
    ['=1+1', "'=1+1"],
    ['=HYPERLINK("https://evil.test","Click")', '\'=HYPERLINK("https://evil.test","Click")'],
    ['+234 803 123 4567', "'+234 803 123 4567"],
    ['-2+3', "'-2+3"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1+1', "'\t=1+1"],
    ['\r=1+1', "'\r=1+1"],
    ['\n=1+1', "'\n=1+1"],
    ['＝1+1', "'＝1+1"],
    ['a=1', 'a=1'],
  ])('[SEC-12] keeps a spreadsheet from calculating %j', async (phone, expected) => {
    expect(csvRecords(await write([row({ phone })]))).toEqual([expect.objectContaining({ phone: expected })])
  })

  it('leaves numbers as they are, negative ones too, unless they are none', async () => {
    const amounts = [-12.5, 0, 7, '-3', '=2', null]
    expect(csvRecords(await write(amounts.map((amount) => row({ amount }))))).toEqual(
      ['-12.5', '0', '7', '-3', "'=2", ''].map((amount) => expect.objectContaining({ amount })),
    )
  })

  it('writes lists and objects as JSON', async () => {
    expect(csvRecords(await write([row({ tags: ['a, b', 'c'] })]))).toEqual([
      expect.objectContaining({ tags: '["a, b","c"]' }),
    ])
  })
})

describe('exported JSON', () => {
  it.each([[0], [1], [5]])('[ANA-15] is one array of %i rows, as the list has them', async (count) => {
    const rows = Array.from({ length: count }, (_nothing, index) => row({ name: awkward[index] ?? '', tags: ['x'] }))
    const bytes = await exportedFile(exportFormats.json, table, rows)
    expect(JSON.parse(text(bytes))).toEqual(rows)
  })

  it('[ANA-15] is one object on each line as NDJSON', async () => {
    const rows = awkward.map((name) => row({ name }))
    const lines = text(await exportedFile(exportFormats.ndjson, table, rows))
      .trimEnd()
      .split('\n')
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual(rows)
  })
})

describe('an exported workbook', () => {
  const write = (rows: ExportRow[]) => exportedFile(exportFormats.xlsx, table, rows)

  it('[ANA-15] is read back by another library, with typed numbers, times and truth values', async () => {
    const rows = awkward.map((name) => row({ name, amount: -1.5, born_on: '1984-02-29', is_active: false }))
    const [sheet, ...others] = await sheets(await write(rows))
    expect(others).toEqual([])
    expect(sheet?.name).toBe('People')
    const [header, ...body] = sheet?.rows ?? []
    expect(header).toEqual(table.columns.map(({ name }) => name))
    expect(body).toHaveLength(awkward.length)
    const [first] = body
    expect(first?.slice(3, 5)).toEqual([-1.5, false])
    expect(first?.[6]).toEqual(new Date('1984-02-29T00:00:00Z'))
    expect(first?.[7]).toEqual(new Date('2026-01-31T09:30:00.123Z'))
    expect(body.map((cells) => cells[1])).toEqual(awkward.map((name) => readable(name) || null))
  })

  it('[SEC-12] holds text that looks like a formula as text, and telephone numbers as they are', async () => {
    const names = ['=1+1', '+2348031234567', '-2+3', '@SUM(A1)', '29AAGCB7383J1Z4', '0803']
    const bytes = await write(names.map((name) => row({ name })))
    const [sheet] = await sheets(bytes)
    expect(sheet?.rows.slice(1).map((cells) => cells[1])).toEqual(names)
    const xml = strFromU8(unzipSync(bytes)['xl/worksheets/sheet1.xml'] ?? new Uint8Array())
    expect(xml).not.toContain('<f>')
    expect(xml).toContain('<c r="B2" t="inlineStr"><is><t xml:space="preserve">=1+1</t></is></c>')
  })

  it('[ANA-15] goes on in a further sheet when one is full, each with its header', async () => {
    const rows = Array.from({ length: 7 }, (_nothing, index) => row({ name: `Row ${index}` }))
    const found = await sheets(await exportedFile(workbookFormat(4), table, rows))
    expect(found.map(({ name }) => name)).toEqual(['People', 'People 2'])
    expect(found.map((sheet) => sheet.rows.map((cells) => cells[1]))).toEqual([
      ['name', 'Row 0', 'Row 1', 'Row 2', 'Row 3'],
      ['name', 'Row 4', 'Row 5', 'Row 6'],
    ])
  })

  it('is a sheet with its header when there are no rows', async () => {
    const [sheet] = await sheets(await write([]))
    expect(sheet?.rows).toEqual([table.columns.map(({ name }) => name)])
  })

  it('is a zip whose checksums and sizes are those of its content, though it is put together from parts', async () => {
    const bytes = await exportedFile(
      exportFormats.xlsx,
      table,
      Array.from({ length: 9 }, () => row()),
      1,
    )
    const view = new DataView(bytes.buffer)
    const end = bytes.byteLength - 22
    let place = view.getUint32(end + 16, true)
    const names: string[] = []
    for (let left = view.getUint16(end + 10, true); left > 0; left -= 1) {
      const [method, sum] = [view.getUint16(place + 10, true), view.getUint32(place + 16, true)]
      const [packed, plain] = [view.getUint32(place + 20, true), view.getUint32(place + 24, true)]
      const nameLength = view.getUint16(place + 28, true)
      const local = view.getUint32(place + 42, true)
      const start = local + 30 + view.getUint16(local + 26, true)
      const content = bytes.subarray(start, start + packed)
      const inflated = method === 8 ? new Uint8Array(inflateRawSync(content)) : content
      expect([inflated.byteLength, crc32(inflated)]).toEqual([plain, sum])
      names.push(strFromU8(bytes.subarray(place + 46, place + 46 + nameLength)))
      place += 46 + nameLength
    }
    expect(names).toContain('[Content_Types].xml')
    expect(names).toContain('xl/worksheets/sheet1.xml')
  })

  it('cuts text that no cell can hold', async () => {
    const [sheet] = await sheets(await write([row({ name: 'x'.repeat(40_000) })]))
    expect(sheet?.rows[1]?.[1]).toBe(`${'x'.repeat(32_766)}…`)
  })
})
