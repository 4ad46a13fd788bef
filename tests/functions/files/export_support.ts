import {
  concatenate,
  type ExportFormat,
  type ExportRow,
  type ExportTable,
  type StoredPart,
} from '../../../supabase/functions/_shared/exports/mod.ts'

/** Writes a table as an export does, in parts of so many rows, and gives the file. */
export async function exportedFile(
  format: ExportFormat,
  table: ExportTable,
  rows: readonly ExportRow[],
  rowsPerPart = 2,
): Promise<Uint8Array<ArrayBuffer>> {
  const objects = new Map<string, Uint8Array<ArrayBuffer>>()
  const parts: StoredPart[] = []
  for (let start = 0; start < rows.length; start += rowsPerPart) {
    const some = rows.slice(start, start + rowsPerPart)
    const before = format.following(parts.at(-1) ?? null)
    const text = format.text(table, some, before?.rowCount ?? 0)
    const { bytes, after } = format.pack(table, [text], some.length, before)
    const path = `parts/${parts.length}`
    objects.set(path, bytes)
    parts.push({ path, sizeBytes: bytes.byteLength, ...after })
  }
  const file = concatenate(format.assemble(table, parts), async (path) => {
    const bytes = objects.get(path)
    if (!bytes) throw new Error(`There is no "${path}"`)
    return new Blob([bytes]).stream()
  })
  return new Uint8Array(await new Response(file).arrayBuffer())
}
