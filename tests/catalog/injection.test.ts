import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { withRollback } from '../support/database.ts'
import { ownSchemas } from './lint.ts'

const folder = join(import.meta.dirname, '..', '..')
const sources = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', 'supabase/functions/*.ts'],
  {
    cwd: folder,
    encoding: 'utf8',
  },
)
  .split('\n')
  .filter(Boolean)

const keywords =
  '(select|insert\\s+into|update|delete\\s+from|with|call|alter|create|drop|truncate|grant|revoke|set)\\s'

/** Places where a statement is put together from text instead of being a template with parameters. */
function builtStatements(source: string): string[] {
  const forms = [
    // The one way of the driver to run text.
    /\.unsafe\s*[(<]/g,
    // A template with values in it that no tag turns into parameters.
    new RegExp(`(?<![\\w)>])\`\\s*${keywords}[^\`]*\\$\\{`, 'gi'),
    // Text that is glued.
    new RegExp(`(['"])\\s*${keywords}[^'"\\n]*\\1\\s*\\+`, 'gi'),
  ]
  return forms.flatMap((form) => [...source.matchAll(form)].map(([found]) => found.slice(0, 60)))
}

describe('statements in functions', () => {
  it('[SEC-12] are templates whose values are parameters, in every file', async () => {
    expect(sources.length).toBeGreaterThan(20)
    const found: string[] = []
    for (const path of sources) {
      const text = await readFile(join(folder, path), 'utf8')
      found.push(...builtStatements(text).map((part) => `${path}: ${part}`))
    }
    expect(found).toEqual([])
  })

  it('[SEC-12] are found by this test when they are not', () => {
    const value = '$' + '{name}'
    for (const bad of [
      'await sql.unsafe(text)',
      `pool.query(\`select * from things where name = '${value}'\`)`,
      `const text = \`\n  delete from things where id = ${value}\``,
      `run('select * from things where id = ' + id)`,
      `run("update things set name = " + name)`,
    ]) {
      expect(builtStatements(bad), bad).not.toEqual([])
    }
    expect(builtStatements(`sql\`select * from things where id = ${value}\``)).toEqual([])
    expect(builtStatements(`db<Row[]>\`select * from things where id = ${value}\``)).toEqual([])
    expect(builtStatements(`hint: \`Use ${value}\``)).toEqual([])
  })
})

/** Statements that a function makes at run time, from `execute` to the semicolon. */
function dynamicStatements(body: string): string[] {
  const code = body.replace(/--[^\n]*/g, '')
  return [...code.matchAll(/\bexecute\s+(?!function\b|procedure\b|on\b)[^;]*/gi)].map(([statement]) => statement)
}

/** One or more literals of text, which SQL joins when only space is between them. */
const literal = String.raw`(?:'(?:[^']|'')*'\s*)+`

/** Why a dynamic statement could be another one than its author meant; null when it cannot. */
function weakness(statement: string): string | null {
  if (new RegExp(`^execute\\s+${literal}(into|using|$)`, 'i').test(statement)) return null
  const format = new RegExp(`^execute\\s+(?:pg_catalog\\.)?format\\(\\s*(${literal})[,)]`, 'i').exec(statement)?.[1]
  if (format === undefined) return 'is not one literal, or format() of one'
  return /%(\d+\$)?s/.test(format) ? 'puts text in with %s' : null
}

/** What puts text in with %s, each with the reason why the text can be nothing but what it should. */
const exceptions: Readonly<Record<string, string>> = {
  'private.run_recurring(text,regproc,integer)': 'a regproc writes itself as a quoted name',
  'private.ensure_month_partition(regclass,timestamp with time zone)': 'a regclass writes itself as a quoted name',
  'private.refuse_truncate(regclass)': 'a regclass',
  'private.make_append_only(regclass)': 'a regclass',
  'private.audit_table(regclass,text[],text[],text)': 'a regclass, and words of a list in the function itself',
  'private.limit_table(regclass,text,jsonb,boolean)': 'a regclass, and words of a list in the function itself',
  'private.drop_audit_months(integer)': 'a regclass',
  'private.read_personal_rows(uuid,text,jsonb,integer)': 'columns of a primary key, each quoted before',
}

describe('statements that database functions make at run time', () => {
  const found = () =>
    withRollback((db) =>
      db.rows<{ name: string; body: string }>(
        `select oid::regprocedure::text as name, prosrc as body from pg_proc
         where pronamespace in ${ownSchemas} and prosrc ~* '\\mexecute\\M'`,
      ),
    )

  it('[SEC-12] quote every name and value', async () => {
    const weak = (await found()).flatMap(({ name, body }) =>
      dynamicStatements(body).flatMap((statement) => {
        const reason = weakness(statement)
        return reason === null || name in exceptions ? [] : [`${name} ${reason}: ${statement.slice(0, 80)}`]
      }),
    )
    expect(weak).toEqual([])
    const names = (await found()).map(({ name }) => name)
    expect(Object.keys(exceptions).filter((name) => !names.includes(name))).toEqual([])
  })

  it('[SEC-12] are found by this test when they do not', () => {
    const found = dynamicStatements(
      `begin execute 'drop table ' || name; execute statement using 1; execute format('select %s', name); end`,
    )
    expect(found.map(weakness)).toEqual([
      'is not one literal, or format() of one',
      'is not one literal, or format() of one',
      'puts text in with %s',
    ])
    expect(weakness("execute format('drop table private.%I', name)")).toBeNull()
    expect(weakness("execute 'select 1 where $1' using name")).toBeNull()
  })
})
