import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { strToU8, zipSync } from 'fflate'

const header = ['Email', 'Phone', 'First name', 'Last name', 'Company', 'Job title', 'Country', 'Note']

/** A contact like any other; addresses and numbers are there once. */
function contact(at: number): string[] {
  return [
    `person${at}@company${at % 5003}.example.com`,
    `+23480${String(at).padStart(8, '0')}`,
    `Adaeze${at % 977}`,
    `Okafor${at % 3001}`,
    `Analytical, ${at % 5003} Ltd`,
    'Head of Procurement',
    'NG',
    '',
  ]
}

const field = (text: string) => (text.includes(',') ? `"${text}"` : text)

/** Writes contacts as CSV. @param others further columns and their value, for who copies the file into the table as it is */
export async function writeContactsCsv(
  path: string,
  count: number,
  others: Record<string, string> = {},
): Promise<void> {
  const first = Object.values(others)
  function* lines() {
    yield `${[...Object.keys(others), ...header].join(',')}\n`
    for (let at = 0; at < count; at += 1000) {
      let text = ''
      for (let one = at; one < Math.min(at + 1000, count); one += 1)
        text += `${[...first, ...contact(one).map(field)].join(',')}\n`
      yield text
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(path))
}

/** Writes the same contacts as an Excel workbook, with shared texts as Excel writes them. */
export async function writeContactsWorkbook(path: string, count: number): Promise<void> {
  const texts = new Map<string, number>()
  const indexOf = (text: string) => {
    const known = texts.get(text)
    if (known !== undefined) return known
    texts.set(text, texts.size)
    return texts.size - 1
  }
  const row = (number: number, cells: readonly string[]) => {
    const written = cells.map((cell, column) =>
      cell === '' ? '' : `<c r="${'ABCDEFGH'[column]}${number}" t="s"><v>${indexOf(cell)}</v></c>`,
    )
    return `<row r="${number}" spans="1:8">${written.join('')}</row>`
  }
  const rows = [row(1, header), ...Array.from({ length: count }, (_, at) => row(at + 2, contact(at)))]
  const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  const parts = {
    '_rels/.rels': `<Relationships><Relationship Id="r" Type="${relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `<workbook xmlns:r="${relations}"><sheets><sheet name="Contacts" sheetId="1" r:id="s"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels':
      `<Relationships><Relationship Id="s" Type="${relations}/worksheet" Target="worksheets/sheet1.xml"/>` +
      `<Relationship Id="t" Type="${relations}/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
    'xl/worksheets/sheet1.xml': `<worksheet><sheetData>${rows.join('')}</sheetData></worksheet>`,
    'xl/sharedStrings.xml': `<sst>${[...texts.keys()].map((text) => `<si><t>${text}</t></si>`).join('')}</sst>`,
  }
  const zip = zipSync(Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, strToU8(text)])), {
    level: 6,
  })
  await writeFile(path, zip)
}
