import { AppError } from '../http/mod.ts'
import type { ImportFile } from './open_source.ts'
import { attribute, type NumberStyles, unescapeXml } from './sheet_xml.ts'
import { damaged, readMemberText, readZipDirectory, type ZipMember } from './zip_directory.ts'

/** What is known of a workbook before its rows are read. */
export interface Workbook {
  /** Names of the sheets, the first one first. */
  readonly sheets: readonly string[]
  readonly sheet: string
  readonly sheetMember: ZipMember
  /** Texts that cells refer to; null when there are none. */
  readonly textsMember: ZipMember | null
  readonly styles: NumberStyles
}

/** Formats of the specification that are days or times. */
const dateFormats = new Set([14, 15, 16, 17, 18, 19, 20, 21, 22, 27, 30, 36, 45, 46, 47, 50, 57])

/**
 * Opens an Excel workbook: which sheets it has, and where what is.
 *
 * @param wanted name of the sheet; the first one unless said
 * @throws {AppError} 422 `import_workbook_damaged`, `import_sheet_unknown`
 */
export async function openWorkbook(file: ImportFile, wanted: string | undefined): Promise<Workbook> {
  const members = await readZipDirectory(file)
  const relations = relationsOf((await readMemberText(file, members, '_rels/.rels')) ?? '')
  const main = relations.find(({ kind }) => kind === 'officeDocument')
  const path = (main?.target ?? 'xl/workbook.xml').replace(/^\//, '')
  const text = await readMemberText(file, members, path)
  if (text === null) throw damaged('it is no Excel workbook')
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  const parts = relationsOf(
    (await readMemberText(file, members, `${folder}_rels/${path.slice(folder.length)}.rels`)) ?? '',
  )
  const memberOf = (target: string | undefined) =>
    target === undefined ? undefined : members.get(target.startsWith('/') ? target.slice(1) : resolved(folder, target))

  const sheets = tagsOf(text, 'sheet').map((tag) => ({
    name: unescapeXml(attribute(tag, 'name')),
    relation: /\s[\w]+:id\s*=\s*["']([^"']*)["']/.exec(tag)?.[1] ?? '',
  }))
  const sheet = wanted === undefined ? sheets[0] : sheets.find(({ name }) => name === wanted)
  if (!sheet) {
    throw new AppError(422, 'import_sheet_unknown', `Cannot read workbook: there is no sheet "${wanted ?? ''}"`, {
      hint: `It has: ${sheets
        .map(({ name }) => `"${name}"`)
        .join(', ')
        .slice(0, 500)}`,
    })
  }
  const sheetMember = memberOf(parts.find(({ id }) => id === sheet.relation)?.target)
  if (!sheetMember) throw damaged(`the sheet "${sheet.name}" is missing`)
  const styles = memberOf(parts.find(({ kind }) => kind === 'styles')?.target)
  return {
    sheets: sheets.map(({ name }) => name),
    sheet: sheet.name,
    sheetMember,
    textsMember: memberOf(parts.find(({ kind }) => kind === 'sharedStrings')?.target) ?? null,
    styles: {
      isDate: styles ? dateStyles((await readMemberText(file, members, styles.name)) ?? '') : [],
      is1904: /^(1|true)$/.test(attribute(tagsOf(text, 'workbookPr')[0] ?? '', 'date1904')),
    },
  }
}

/** Which styles of cells are days or times. */
function dateStyles(text: string): boolean[] {
  const own = new Map(
    tagsOf(text, 'numFmt').map((tag) => [
      Number(attribute(tag, 'numFmtId')),
      unescapeXml(attribute(tag, 'formatCode')),
    ]),
  )
  const cells = /<(?:\w+:)?cellXfs[\s\S]*?<\/(?:\w+:)?cellXfs>/.exec(text)?.[0] ?? ''
  return tagsOf(cells, 'xf').map((tag) => {
    const id = Number(attribute(tag, 'numFmtId'))
    const code = own.get(id)
    if (code === undefined) return dateFormats.has(id)
    // Without literal text, colours and conditions.
    return /[ymdhs]/i.test(code.replace(/"[^"]*"|\[[^\]]*\]|\\./g, '').replace(/general/i, ''))
  })
}

function relationsOf(text: string) {
  return tagsOf(text, 'Relationship').map((tag) => ({
    id: attribute(tag, 'Id'),
    kind: attribute(tag, 'Type').split('/').at(-1) ?? '',
    target: unescapeXml(attribute(tag, 'Target')),
  }))
}

/** Opening tags of a name, with any prefix. */
const tagsOf = (text: string, name: string): string[] =>
  [...text.matchAll(new RegExp(`<(?:\\w+:)?${name}(?=[\\s/>])[^>]*>`, 'g'))].map(([tag]) => tag)

/** `xl/` and `../xl/worksheets/sheet1.xml` as one path. */
function resolved(folder: string, target: string): string {
  const parts: string[] = []
  for (const part of `${folder}${target}`.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  }
  return parts.join('/')
}
