import { expect, it } from 'vitest'
import { withRollback } from '../../support/database.ts'

it('[A1-07] knows for every table with a row for each person what the deletion of an account does to it', () =>
  withRollback(async (db) => {
    expect(
      await db.rows(
        `select conrelid::regclass::text as name, attname as column
         from pg_constraint join pg_attribute on attrelid = conrelid and attnum = conkey[1]
         where contype = 'f' and attname = 'user_id' and conparentid = 0
           and confrelid in ('public.profiles'::regclass, 'auth.users'::regclass)
           and connamespace in ('public'::regnamespace, 'private'::regnamespace)
           and not exists (select from private.personal_data where table_name = conrelid and user_column = attname)
         order by 1`,
      ),
    ).toEqual([])
  }))
