import { z } from 'zod'
import type { SourceBatch } from './csv_source.ts'
import type { StoredPosition } from './import_store.ts'
import type { InflateCheckpoint } from './inflate.ts'
import { importLimits } from './limits.ts'
import type { ImportFile } from './open_source.ts'
import { type ParsedSheet, parseSheet, richText, type SharedCell } from './sheet_xml.ts'
import type { Workbook } from './workbook.ts'
import { damaged, openMember, type ZipMember } from './zip_directory.ts'

/** Texts that are kept together. */
export const textsInPart = 256
/** Parts of texts that are kept in memory. */
const mostParts = 800

const checkpointSchema = z
  .object({ bit: z.number().min(0), output: z.number().min(0), window: z.string() })
  .nullable()
  .transform((stored): InflateCheckpoint | null => stored && { ...stored, window: fromBase64(stored.window) })
const sheetPosition = z.object({ byte: z.number(), row: z.int(), checkpoint: checkpointSchema })
const textsPosition = z.object({ byte: z.number(), parts: z.int(), checkpoint: checkpointSchema })

/** Looks up texts by the numbers of their parts. */
export type ReadTexts = (numbers: readonly number[]) => Promise<ReadonlyMap<number, readonly string[]>>

/**
 * Rows of a workbook's sheet, from its beginning or a checkpoint. A checkpoint is a place in the deflate stream with the
 * 32 KB before it, so that a long sheet is read in steps without beginning anew.
 */
export async function* sheetRows(
  file: ImportFile,
  workbook: Workbook,
  readTexts: ReadTexts,
  position: StoredPosition | null,
  mostRows: number,
): AsyncGenerator<SourceBatch<StoredPosition> & { doneBytes: number }> {
  const { sheetMember, styles } = workbook
  const from = position === null ? { byte: 0, row: 0, checkpoint: null } : sheetPosition.parse(position)
  const reader = await openMember(file, sheetMember, { from: from.checkpoint, output: from.byte })
  const fill = textFiller(readTexts)
  let { byte, row } = from
  let prefix: string | null = position === null ? null : await prefixOf(file, sheetMember)
  let gathered: { rows: ParsedSheet['rows']; shared: SharedCell[] } = { rows: [], shared: [] }
  const text = new TextWindow()
  async function take(isLast: boolean) {
    await fill(gathered.shared)
    const rows = gathered.rows.filter(({ cells }) => cells.some((cell) => cell.trim() !== ''))
    gathered = { rows: [], shared: [] }
    const checkpoint = stored(reader.checkpointBefore(byte))
    const doneBytes = Math.round((byte / Math.max(sheetMember.bytes, 1)) * file.sizeBytes)
    return { rows, position: { byte, row, checkpoint }, isLast, doneBytes }
  }
  for await (const piece of reader.pieces) {
    text.add(piece)
    prefix ??= prefixIn(text.value)
    if (prefix === null) continue
    for (;;) {
      const parsed = parseSheet(text.value, {
        prefix,
        afterRow: row,
        styles,
        mostRows: mostRows - gathered.rows.length,
      })
      byte += text.drop(parsed.end)
      row = parsed.rows.at(-1)?.number ?? row
      gathered.rows.push(...parsed.rows)
      gathered.shared.push(...parsed.shared)
      if (parsed.isDone) {
        yield await take(true)
        return
      }
      if (gathered.rows.length < mostRows) break
      yield await take(false)
    }
  }
  // `<sheetData/>` of a sheet without rows has no end tag.
  if (row > 0 || gathered.rows.length > 0) throw damaged('its rows do not end')
  yield await take(true)
}

/**
 * Texts that cells refer to, from the beginning or a checkpoint, in parts of {@link textsInPart}.
 *
 * @returns parts with the place after them
 */
export async function* sharedTexts(
  file: ImportFile,
  member: ZipMember,
  position: StoredPosition | null,
): AsyncGenerator<{ first: number; parts: string[][]; position: StoredPosition; isLast: boolean }> {
  const from = position === null ? { byte: 0, parts: 0, checkpoint: null } : textsPosition.parse(position)
  const reader = await openMember(file, member, { from: from.checkpoint, output: from.byte })
  let { byte, parts: first } = from
  let prefix: string | null = position === null ? null : await prefixOf(file, member)
  const text = new TextWindow()
  for await (const piece of reader.pieces) {
    text.add(piece)
    prefix ??= prefixIn(text.value)
    if (prefix === null) continue
    const found = parseTexts(text.value, prefix)
    // Whole parts only, so that a part is always of as many texts.
    const count = found.length - (found.length % textsInPart)
    if (count === 0) continue
    byte += text.drop(found[count - 1]?.end ?? 0)
    const parts = partsOf(found.slice(0, count).map(({ value }) => value))
    yield {
      first,
      parts,
      position: { byte, parts: first + parts.length, checkpoint: stored(reader.checkpointBefore(byte)) },
      isLast: false,
    }
    first += parts.length
  }
  const parts = prefix === null ? [] : partsOf(parseTexts(text.value, prefix).map(({ value }) => value))
  yield { first, parts, position: { byte, parts: first + parts.length, checkpoint: null }, isLast: true }
}

function partsOf(texts: readonly string[]): string[][] {
  const parts: string[][] = []
  for (let at = 0; at < texts.length; at += textsInPart) parts.push(texts.slice(at, at + textsInPart))
  return parts
}

/** Texts in a piece of XML, each with where it ends. Control characters, which part them when kept, become spaces. */
function parseTexts(text: string, prefix: string): { value: string; end: number }[] {
  const tag = `<${prefix}si`
  const stop = `</${prefix}si>`
  const found: { value: string; end: number }[] = []
  for (let at = text.indexOf(tag); at !== -1; at = text.indexOf(tag, at)) {
    const open = text.indexOf('>', at)
    if (open === -1) break
    const isEmpty = text.charCodeAt(open - 1) === 47
    const end = isEmpty ? open : text.indexOf(stop, open)
    if (end === -1) {
      if (text.length - at > importLimits.recordLength * 4) throw damaged('one of its texts has no end')
      break
    }
    const value = isEmpty ? '' : richText(text.slice(open + 1, end), prefix)
    at = isEmpty ? end + 1 : end + stop.length
    found.push({ value: /\p{Cc}/u.test(value) ? value.replace(/\p{Cc}/gu, ' ') : value, end: at })
  }
  return found
}

/** Puts the texts into the cells that refer to them. */
function textFiller(readTexts: ReadTexts) {
  const known = new Map<number, readonly string[]>()
  return async (shared: readonly SharedCell[]) => {
    const wanted = new Set(shared.map(({ text }) => Math.floor(text / textsInPart)))
    const missing = [...wanted].filter((number) => !known.has(number) && Number.isSafeInteger(number) && number >= 0)
    if (missing.length > 0) {
      if (known.size + missing.length > mostParts) known.clear()
      const asked = [...wanted].filter((number) => !known.has(number) && Number.isSafeInteger(number) && number >= 0)
      for (const [number, texts] of await readTexts(asked)) known.set(number, texts)
    }
    for (const { cells, column, text } of shared) {
      cells[column] = known.get(Math.floor(text / textsInPart))?.[text % textsInPart] ?? ''
    }
  }
}

/** Text of which the beginning is dropped as it is read. */
class TextWindow {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  readonly #encoder = new TextEncoder()
  value = ''

  add(piece: Uint8Array): void {
    try {
      this.value += this.#decoder.decode(piece, { stream: true })
    } catch (error) {
      throw damaged('it is not in UTF-8', error)
    }
  }

  /** @returns how many bytes that were */
  drop(length: number): number {
    const bytes = this.#encoder.encode(this.value.slice(0, length)).length
    this.value = this.value.slice(length)
    return bytes
  }
}

/** What elements are called before their names: `x:` in `<x:worksheet>`. Null while the first one is not there. */
const prefixIn = (text: string): string | null => {
  const found = /<(\w+:)?(?:worksheet|sst)[\s>]/.exec(text)
  if (!found && text.length > 10_000) throw damaged('a part is not what it should be')
  return found ? (found[1] ?? '') : null
}

async function prefixOf(file: ImportFile, member: ZipMember): Promise<string> {
  for await (const piece of (await openMember(file, member)).pieces) {
    return prefixIn(new TextDecoder().decode(piece.subarray(0, 10_000))) ?? ''
  }
  return ''
}

/** A checkpoint as it is kept. */
const stored = (checkpoint: InflateCheckpoint | null) =>
  checkpoint && { bit: checkpoint.bit, output: checkpoint.output, window: toBase64(checkpoint.window) }

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return btoa(text)
}

const fromBase64 = (text: string) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
