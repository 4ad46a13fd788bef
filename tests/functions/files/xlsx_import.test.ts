import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { strToU8, zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import {
  type ImportFile,
  Inflater,
  importLimits,
  openWorkbook,
  sharedTexts,
  sheetRows,
  textsInPart,
} from '../../../supabase/functions/_shared/imports/mod.ts'
import { importCase } from '../../support/import_case.ts'

const namespace = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
const relationships = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

/** A workbook as Excel writes it, with the given XML of its sheet. */
function workbook(
  rows: string,
  options: {
    texts?: readonly string[]
    prefix?: string
    more?: Record<string, string>
    sheets?: string[]
    tail?: string
  } = {},
): Uint8Array<ArrayBuffer> {
  const { texts = [], sheets = ['Contacts'], prefix = '', tail } = options
  const p = prefix
  const files: Record<string, string> = {
    '_rels/.rels': `<Relationships><Relationship Id="r1" Type="${relationships}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `<workbook ${namespace} xmlns:r="${relationships}"><sheets>${sheets
      .map((name, at) => `<sheet name="${name}" sheetId="${at + 1}" r:id="rId${at + 1}"/>`)
      .join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships>${sheets
      .map(
        (_, at) =>
          `<Relationship Id="rId${at + 1}" Type="${relationships}/worksheet" Target="worksheets/sheet${at + 1}.xml"/>`,
      )
      .join(
        '',
      )}<Relationship Id="s" Type="${relationships}/styles" Target="styles.xml"/><Relationship Id="t" Type="${relationships}/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>`,
    'xl/styles.xml': `<styleSheet ${namespace}><numFmts><numFmt numFmtId="170" formatCode="dd&quot;.&quot;mm\\.yyyy"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="2"/></cellXfs></styleSheet>`,
    'xl/sharedStrings.xml': `<${p}sst ${namespace}>${texts.map((text) => `<${p}si>${text}</${p}si>`).join('')}</${p}sst>`,
    'xl/worksheets/sheet1.xml': `<?xml version="1.0"?><${p}worksheet ${namespace}><${p}cols><${p}col min="1"/></${p}cols><${p}sheetData>${rows}${tail ?? `</${p}sheetData></${p}worksheet>`}`,
    ...options.more,
  }
  return new Uint8Array(zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)]))))
}

const fileOf = (bytes: Uint8Array): ImportFile => ({
  sizeBytes: bytes.length,
  open: async (start, end) =>
    new ReadableStream({
      start(controller) {
        const part = bytes.slice(start, end === undefined ? undefined : end + 1)
        for (let at = 0; at < part.length; at += 5000) controller.enqueue(part.slice(at, at + 5000))
        controller.close()
      },
    }),
})

async function read(bytes: Uint8Array, options: { sheet?: string; mostRows?: number; texts?: readonly string[] } = {}) {
  const file = fileOf(bytes)
  const opened = await openWorkbook(file, options.sheet)
  const parts = new Map<number, readonly string[]>()
  if (opened.textsMember) {
    for await (const found of sharedTexts(file, opened.textsMember, null)) {
      for (const [at, part] of found.parts.entries()) parts.set(found.first + at, part)
    }
  }
  const readTexts = async (numbers: readonly number[]) =>
    new Map([...parts].filter(([number]) => numbers.includes(number)))
  const from = (position: Record<string, unknown> | null) =>
    sheetRows(file, opened, readTexts, position, options.mostRows ?? 100)
  const batches = []
  for await (const batch of from(null)) batches.push(batch)
  return { opened, batches, from, rows: batches.flatMap(({ rows }) => rows) }
}

const refusedWith = (code: string) => expect.objectContaining({ status: 422, code, hint: expect.any(String) })

describe('inflating', () => {
  it('gives what was deflated, in whatever pieces it comes, and goes on from any checkpoint', () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 9000 })), {
          maxLength: 12,
        }),
        fc.constantFrom(0, 1, 6, 9),
        fc.integer({ min: 1, max: 70_000 }),
        (runs, level, pieceBytes) => {
          const whole = Buffer.concat(
            runs.flatMap(([bytes, times]) => Array.from({ length: times }, () => Buffer.from(bytes))),
          )
          const deflated = deflateRawSync(whole, { level })
          const inflate = (input: Uint8Array, inflater: Inflater) => {
            const parts: Uint8Array[] = []
            for (let at = 0; at < input.length; at += pieceBytes) {
              inflater.push(input.subarray(at, at + pieceBytes))
              for (
                let part = inflater.read(at + pieceBytes >= input.length);
                part;
                part = inflater.read(at + pieceBytes >= input.length)
              )
                parts.push(part)
            }
            return Buffer.concat(parts)
          }
          const first = new Inflater()
          expect(inflate(deflated, first).equals(whole)).toBe(true)
          expect(first.isDone).toBe(true)
          const checkpoint = first.checkpointBefore(whole.length / 2)
          if (!checkpoint) return
          const rest = inflate(deflated.subarray(Math.floor(checkpoint.bit / 8)), new Inflater(checkpoint))
          expect(rest.equals(whole.subarray(checkpoint.output))).toBe(true)
        },
      ),
      { numRuns: 40 },
    ))
})

describe('Excel workbooks of an import', () => {
  it('[VEN-09] are read with shared, formatted and inline texts, numbers, days, booleans and gaps', async () => {
    const rows =
      '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="D1" t="inlineStr"><is><t>In &amp; line</t></is></c></row>' +
      '<row r="2"/><row r="4" spans="1:4"><c r="A4"><v>2348035550101</v></c><c r="B4"><v>2.348035550101E12</v></c><c r="C4" s="1"><v>46053</v></c><c r="D4" s="2"><v>46053.5</v></c></row>' +
      '<row><c t="b"><v>1</v></c><c t="str"><f>1+1</f><v>=cmd</v></c><c><f>A1*2</f><v>0.30000000000000004</v></c><c s="3"><v>-5</v></c></row>' +
      '<row r="6"><c r="A6" s="1"/></row>'
    const texts = [
      '<t>E-mail</t>',
      '<r><t xml:space="preserve">First </t></r><r><rPr/><t>name</t></r><rPh><t>no</t></rPh>',
    ]
    const { rows: found } = await read(workbook(rows, { texts }))
    expect(found).toEqual([
      { number: 1, cells: ['E-mail', 'First name', '', 'In & line'] },
      { number: 4, cells: ['2348035550101', '2348035550101', '2026-01-31', '2026-01-31T12:00:00'] },
      { number: 5, cells: ['TRUE', '=cmd', '0.3', '-5'] },
    ])
  })

  it('[VEN-09] go on from any checkpoint, over many texts and pieces', async () => {
    const count = 30_000
    const texts = Array.from({ length: count }, (_, at) => `<t>é${at}</t>`)
    const rows = Array.from(
      { length: count },
      (_, at) =>
        `<x:row r="${at + 1}"><x:c r="A${at + 1}" t="s"><x:v>${at}</x:v></x:c><x:c r="B${at + 1}"><x:v>${(at * 7919) % 100_003}</x:v></x:c></x:row>`,
    )
    const { batches, from } = await read(
      workbook(rows.join(''), {
        texts: texts.map((text) => text.replaceAll('<t>', '<x:t>').replaceAll('</t>', '</x:t>')),
        prefix: 'x:',
      }),
      { mostRows: 7000 },
    )
    const all = batches.flatMap(({ rows: some }) => some)
    expect(all).toHaveLength(count)
    expect(all.every(({ number, cells }, at) => number === at + 1 && cells[0] === `é${at}`)).toBe(true)
    expect(count / textsInPart).toBeGreaterThan(100)
    let isFromCheckpoint = false
    for (const [at, { position, isLast }] of batches.entries()) {
      if (isLast) continue
      isFromCheckpoint ||= position.checkpoint !== null
      const after = []
      for await (const batch of from(JSON.parse(JSON.stringify(position)))) after.push(...batch.rows)
      expect(after).toEqual(batches.slice(at + 1).flatMap(({ rows: some }) => some))
    }
    expect(isFromCheckpoint).toBe(true)
  })

  it('reads the sheet that was asked for, and names those that there are', async () => {
    const second = `<worksheet ${namespace}><sheetData><row r="1"><c><v>2</v></c></row></sheetData></worksheet>`
    const bytes = workbook('<row r="1"><c><v>1</v></c></row>', {
      sheets: ['One', 'Two'],
      more: { 'xl/worksheets/sheet2.xml': second },
    })
    expect((await read(bytes, { sheet: 'Two' })).rows).toEqual([{ number: 1, cells: ['2'] }])
    await expect(read(bytes, { sheet: 'Three' })).rejects.toThrow(refusedWith('import_sheet_unknown'))
  })

  it('are refused with a code and a hint when they are cut off, damaged, or unpack to too much', async () => {
    const good = workbook('<row r="1"><c><v>1</v></c></row>')
    await expect(read(good.slice(0, good.length - 40))).rejects.toThrow(refusedWith('import_workbook_damaged'))
    await expect(read(workbook('<row r="1"><c><v>1</v></c></row>', { tail: '' }))).rejects.toThrow(
      refusedWith('import_workbook_damaged'),
    )
    await expect(read(new Uint8Array(zipSync({ 'a.txt': strToU8('a') })))).rejects.toThrow(
      refusedWith('import_workbook_damaged'),
    )
    const bomb = workbook(' '.repeat(25_000_000))
    expect(bomb.length).toBeLessThan(100_000)
    await expect(read(bomb)).rejects.toThrow(refusedWith('import_workbook_too_large'))
    const wide = workbook(`<row r="1"><c r="ZZZ1"><v>1</v></c></row>`)
    await expect(read(wide)).rejects.toThrow(refusedWith('import_too_many_columns'))
    const long = workbook(
      `<row r="1"><c t="inlineStr"><is><t>${Array.from({ length: 700_000 }, (_, at) => at).join('')}</t></is></c></row>`,
    )
    expect(importLimits.recordLength).toBeLessThan(4_000_000)
    await expect(read(long)).rejects.toThrow(refusedWith('import_record_too_long'))
  })

  it('do not believe what a zip says about the size of its parts', async () => {
    const bytes = workbook(
      Array.from({ length: 5000 }, (_, at) => `<row r="${at + 1}"><c><v>${at}</v></c></row>`).join(''),
    )
    const view = new DataView(bytes.buffer)
    // The directory entry of the sheet says that it is short.
    for (let at = 0; at + 46 < bytes.length; at += 1) {
      if (view.getUint32(at, true) !== 0x02014b50) continue
      const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + view.getUint16(at + 28, true)))
      if (name.endsWith('sheet1.xml')) view.setUint32(at + 24, 1000, true)
    }
    await expect(read(bytes)).rejects.toThrow(refusedWith('import_workbook_damaged'))
  })

  it('[VEN-09] [A4-11] become rows in steps, each with its checkpoint, and a lost worker repeats nothing', async () => {
    const count = 400
    const texts = [
      '<t>E-mail</t>',
      '<t>First name</t>',
      ...Array.from({ length: count }, (_, at) => `<t>p${at}@example.test</t>`),
    ]
    const rows = [
      '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>',
      ...Array.from(
        { length: count },
        (_, at) => `<row r="${at + 2}"><c t="s"><v>${at + 2}</v></c><c t="inlineStr"><is><t>P${at}</t></is></c></row>`,
      ),
    ]
    const made = await importCase(workbook(rows.join(''), { texts }), { name: 'contacts.xlsx' })
    const options = { batchRows: 60, stepCpuMs: -1 }
    await made.work(options)
    expect(await made.row()).toMatchObject({
      state: 'ready',
      format: { kind: 'xlsx', sheet: 'Contacts', sheets: ['Contacts'], has_header: true },
      mapping: { email: 0, first_name: 1 },
    })
    await made.call('start_import')
    await made.work(options)
    expect(await made.row()).toMatchObject({ state: 'completed', inserted_count: count, failed_count: 0 })
    expect(await made.contacts()).toHaveLength(count)
  })
})
