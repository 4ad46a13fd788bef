import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { bucket, chooseVariant, isInShare } from '../../../supabase/functions/_shared/platform/mod.ts'
import { withRollback } from '../../support/database.ts'

/** A text of random characters of all planes, without those that no Postgres text can hold. */
function randomText(): string {
  const length = 1 + Math.floor(Math.random() * 20)
  return Array.from({ length }, () => {
    const point = 1 + Math.floor(Math.random() * 0x10fffe)
    return point >= 0xd800 && point <= 0xdfff ? 'ß' : String.fromCodePoint(point)
  }).join('')
}

describe('bucketing', () => {
  it('[A10-01] gives the same number in SQL and TypeScript, for any text', () =>
    withRollback(async (db) => {
      const pairs = Array.from({ length: 5000 }, () => [randomText(), randomText()] as const)
      pairs.push(['', ''], ['flag:x', randomUUID()], ['é', 'é'], ['👩‍👩‍👧', '𝕬'])
      const rows = await db.rows<{ point: number }>(
        `select private.bucket(pair ->> 0, pair ->> 1) as point
         from jsonb_array_elements($1::text::jsonb) with ordinality as pairs (pair, number) order by number`,
        [JSON.stringify(pairs)],
      )
      expect(rows.map(({ point }) => point)).toEqual(pairs.map(([salt, unit]) => bucket(salt, unit)))
    }))

  it('[A10-01] chooses the same variant and share in SQL and TypeScript', () =>
    withRollback(async (db) => {
      await db.exec(`
        insert into private.experiments (key, description, primary_metric) values ('three', 'Three', 'test.done');
        insert into private.experiment_variants (experiment_key, variant, position)
          values ('three', 'z', 0), ('three', 'a', 1), ('three', 'none', 2), ('three', 'm', 3);
        insert into private.experiment_shares (experiment_key, phase, variant, weight)
          values ('three', 1, 'a', 333), ('three', 1, 'm', 9967), ('three', 1, 'none', 0), ('three', 1, 'z', 100)`)
      const variants = [
        { variant: 'z', weight: 100 },
        { variant: 'a', weight: 333 },
        { variant: 'none', weight: 0 },
        { variant: 'm', weight: 9967 },
      ]
      const units = Array.from({ length: 2000 }, () => randomUUID())
      const rows = await db.rows(
        `select private.choose_variant('three', 1, private.bucket('x', unit)) as variant,
           private.is_in_share(private.bucket('x', unit), 33.33) as is_in
         from jsonb_array_elements_text($1::text::jsonb) with ordinality as units (unit, number) order by number`,
        [JSON.stringify(units)],
      )
      expect(rows).toEqual(
        units.map((unit) => ({
          variant: chooseVariant(variants, bucket('x', unit)),
          is_in: isInShare(bucket('x', unit), 33.33),
        })),
      )
    }))

  it('[A10-01] spreads evenly, and independently for another salt', () =>
    withRollback(async (db) => {
      // Numbered units, so that the outcome is the same in each run.
      const { even, independent } = await db.row<{ even: number; independent: number }>(`
        with points as (
          select floor(private.bucket('one', n::text) * 10) as one, floor(private.bucket('two', n::text) * 10) as two
          from generate_series(1, 20000) as n
        ),
        cells as (select one, two, count(*) as size from points group by one, two),
        rows as (select one, count(*) as size from points group by one)
        select
          (select private.chi_square_p_value(sum((size - 2000) ^ 2 / 2000)::float8, 9) from rows) as even,
          (select private.chi_square_p_value(sum((size - 200) ^ 2 / 200)::float8, 99) from cells) as independent`)
      expect(even).toBeGreaterThan(0.01)
      expect(independent).toBeGreaterThan(0.01)
    }))

  it('[A10-05] knows how unlikely a chi-square statistic is', () =>
    withRollback(async (db) => {
      // Tabulated critical values.
      const table: readonly (readonly [number, number, number])[] = [
        [3.841459, 1, 0.05],
        [10.827566, 1, 0.001],
        [5.991465, 2, 0.05],
        [7.814728, 3, 0.05],
        [16.918978, 9, 0.05],
        [0, 4, 1],
        [5000, 3, 0],
      ]
      for (const [statistic, degrees, wanted] of table) {
        const { p } = await db.row<{ p: number }>('select private.chi_square_p_value($1, $2) as p', [
          statistic,
          degrees,
        ])
        expect(p, `${statistic} at ${degrees}`).toBeCloseTo(wanted, 5)
      }
    }))
})
