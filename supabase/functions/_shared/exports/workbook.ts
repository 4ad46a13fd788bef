import { crc32 } from './crc32.ts'
import { escapeXml } from './xml.ts'
import type { ZipEntry } from './zip_container.ts'

/** Styles that cells refer to by number; {@link workbookEntries} writes them. */
export const cellStyles = { header: 1, instant: 2, day: 3 } as const

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const packageRelations = 'http://schemas.openxmlformats.org/package/2006/relationships'
const documentRelations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const spreadsheet = 'application/vnd.openxmlformats-officedocument.spreadsheetml'

/** Path of a sheet in the workbook's zip. @param number from 1 */
export const sheetPath = (number: number) => `xl/worksheets/sheet${number}.xml`

/** Everything in a workbook's zip but the sheets. @param title of the sheets; from the second on with their number */
export function workbookEntries(title: string, sheetCount: number): ZipEntry[] {
  const numbers = Array.from({ length: sheetCount }, (_nothing, index) => index + 1)
  const override = (path: string, kind: string) =>
    `<Override PartName="/${path}" ContentType="${spreadsheet}.${kind}+xml"/>`
  const relation = (id: string, kind: string, target: string) =>
    `<Relationship Id="${id}" Type="${documentRelations}/${kind}" Target="${target}"/>`
  const relations = (list: readonly string[]) =>
    `<Relationships xmlns="${packageRelations}">${list.join('')}</Relationships>`
  return [
    file(
      '[Content_Types].xml',
      '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">' +
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
        '<Default Extension="xml" ContentType="application/xml"/>' +
        override('xl/workbook.xml', 'sheet.main') +
        numbers.map((number) => override(sheetPath(number), 'worksheet')).join('') +
        `${override('xl/styles.xml', 'styles')}</Types>`,
    ),
    file('_rels/.rels', relations([relation('rId1', 'officeDocument', 'xl/workbook.xml')])),
    file(
      'xl/workbook.xml',
      `<workbook xmlns="${main}" xmlns:r="${documentRelations}"><sheets>${numbers
        .map((number) => `<sheet name="${sheetName(title, number)}" sheetId="${number}" r:id="rId${number}"/>`)
        .join('')}</sheets></workbook>`,
    ),
    file(
      'xl/_rels/workbook.xml.rels',
      relations([
        ...numbers.map((number) => relation(`rId${number}`, 'worksheet', `worksheets/sheet${number}.xml`)),
        relation(`rId${sheetCount + 1}`, 'styles', 'styles.xml'),
      ]),
    ),
    file('xl/styles.xml', styles),
  ]
}

const styles =
  `<styleSheet xmlns="${main}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/>` +
  '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/></numFmts>' +
  '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>' +
  '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>' +
  '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>' +
  '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>' +
  '<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>' +
  '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>' +
  '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>' +
  '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>' +
  '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'

/** At most 31 characters, without those that Excel keeps for references. */
function sheetName(title: string, number: number): string {
  const suffix = number === 1 ? '' : ` ${number}`
  return escapeXml(title.replace(/[\\/?*[\]:']/g, ' ').slice(0, 31 - suffix.length) + suffix)
}

function file(name: string, content: string): ZipEntry {
  const bytes = new TextEncoder().encode(declaration + content)
  return { name, isDeflated: false, crc32: crc32(bytes), plainBytes: bytes.byteLength, content: [{ bytes }] }
}
