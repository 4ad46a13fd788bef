import type { SourceBatch } from './csv_source.ts'
import type { ImportDefinition } from './define_import.ts'
import type { ImportRow, ImportStore, StoredPosition, TakenRows } from './import_store.ts'
import { type Mapping, rowMapper } from './map_row.ts'

/** How far a step came. */
export interface TakeEnd {
  /** `outdated`: a newer run has begun. */
  readonly state: 'done' | 'more' | 'outdated'
  readonly readCount: number
  readonly doneBytes: number
}

/**
 * Brings rows of a file to the database until the file or the step is at its end. While the database takes some, the next
 * ones are read and mapped.
 */
export async function takeRows(step: {
  readonly source: AsyncIterable<SourceBatch<StoredPosition> & { readonly doneBytes: number }>
  readonly row: Pick<ImportRow, 'mapping' | 'position' | 'read_count'>
  readonly definition: ImportDefinition
  readonly store: Pick<ImportStore, 'take'>
  readonly hasHeader: boolean
  readonly isOver: () => boolean
}): Promise<TakeEnd> {
  const { source, row, definition, store, isOver } = step
  const prepare = batchMaker(definition, row.mapping)
  let readCount = row.read_count
  let doneBytes = 0
  let isHeaderAhead = step.hasHeader && row.position === null
  let taking: Promise<boolean> = Promise.resolve(true)
  let state: TakeEnd['state'] = 'done'
  for await (const batch of source) {
    const rows = isHeaderAhead ? batch.rows.slice(1) : batch.rows
    if (batch.rows.length > 0) isHeaderAhead = false
    const prepared = prepare({ ...batch, rows }, readCount)
    if (!(await taking)) return { state: 'outdated', readCount, doneBytes }
    // A header that is still ahead would be forgotten with the position.
    if (!isHeaderAhead) taking = store.take(prepared)
    // Whoever waits for it hears of its failure; until then nobody else is to.
    taking.catch(() => {})
    readCount += rows.length
    doneBytes = batch.doneBytes
    if (batch.isLast) break
    if (isOver()) {
      state = 'more'
      break
    }
  }
  return { state: (await taking) ? state : 'outdated', readCount, doneBytes }
}

function batchMaker(definition: ImportDefinition, mapping: Mapping) {
  const map = rowMapper(definition, mapping)
  return (
    { rows, position, doneBytes }: SourceBatch<StoredPosition> & { readonly doneBytes: number },
    afterCount: number,
  ): TakenRows => {
    const rowNumbers: number[] = []
    const columns = definition.fields.map((): (string | null)[] => [])
    const errors: TakenRows['errors'][number][] = []
    let failedCount = 0
    for (const { number, cells } of rows) {
      const { values, problems } = map(cells)
      if (problems.length > 0) {
        failedCount += 1
        for (const problem of problems) errors.push({ row_number: number, ...problem })
        continue
      }
      rowNumbers.push(number)
      for (let at = 0; at < columns.length; at += 1) columns[at]?.push(values[at] ?? null)
    }
    return { afterCount, rowNumbers, columns, failedCount, errors, position, doneBytes }
  }
}
