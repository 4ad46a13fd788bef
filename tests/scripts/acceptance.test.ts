import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  buildReport,
  evidenceOfDocument,
  evidenceOfTests,
  formatReport,
  formatRow,
  parseRegister,
  readAcceptance,
} from '../../scripts/acceptance.ts'
import { findTestTitles } from '../../scripts/test_titles.ts'

const root = join(import.meta.dirname, '../..')
const register = `# Register

## ABC First things

| id | feature | take |
|---|---|---|
| ABC-01 | One \\| two | must |
| ABC-02 | Three | should |

## A1 Second

| A1-01 | Four | could |
`

it('reads modules, rows and the escaped bar', () => {
  expect(parseRegister(register)).toEqual([
    {
      code: 'ABC',
      name: 'First things',
      rows: [
        { id: 'ABC-01', text: 'One | two', take: 'must' },
        { id: 'ABC-02', text: 'Three', take: 'should' },
      ],
    },
    { code: 'A1', name: 'Second', rows: [{ id: 'A1-01', text: 'Four', take: 'could' }] },
  ])
})

it.each([
  ['an id that comes twice', '| A1-01 | again | must |', 'A1-01 comes twice'],
  ['an unknown take', '| A1-02 | x | maybe |', '"maybe" is not must, should or could'],
  ['a cell too many', '| A1-02 | x | y | must |', 'a row has the cells id, text and take'],
  ['a row of another module', '| ABC-03 | x | must |', "ABC-03 stands under another module's heading"],
])('refuses %s and says where', (_name, line, message) => {
  expect(() => parseRegister(`${register}${line}\n`)).toThrow(`docs/acceptance.md:13: ${message}`)
})

it('finds titles behind every form of it, test and describe', () => {
  const titles = findTestTitles(`
describe('[A1-01] suite', () => {
  it("[A1-02] double 'quotes'", () => {})
  it.each([
    ['x (', 1], // ) a comment
    [\`\${f(')')}\`, 2],
  ])('[A1-03] with %s', () => {})
  test.concurrent.skipIf(process.env.X)(\`[A1-04] when \${reason}\`, () => {})
  it.each\`
    a | b
    \${1} | \${2}
  \`('[A1-05] table', () => {})
  it(
    // why
    '[A1-06] on its own line', () => {})
  it.skip('[A1-07] skipped', () => {})
  it.todo('[A1-08] planned')
  const text = "it('[A1-09] in a string')"
  const pattern = /[/'"]\\/'/.test(text) ? 6 / 2 : 1
  // it('[A1-12] in a comment')
  const template = \`
    it('[A1-13] in a template')\`
  expect(it).toBe(test)
  audit('[A1-10] not a test')
  suite.it('[A1-11] not ours')
})`)

  expect(titles).toEqual([
    { title: '[A1-01] suite', line: 2 },
    { title: "[A1-02] double 'quotes'", line: 3 },
    { title: '[A1-03] with %s', line: 4 },
    { title: ['[A1-04] when $', '{reason}'].join(''), line: 8 },
    { title: '[A1-05] table', line: 9 },
    { title: '[A1-06] on its own line', line: 13 },
  ])
})

it('counts ids in titles alone, one or several to a bracket', () => {
  const source = `// [ABC-01]\nit('[ABC-02, A1-01] does [this] and [that-1]', () => expect('[ABC-09]'))`

  expect(evidenceOfTests('tests/a.test.ts', source)).toEqual([
    { id: 'ABC-02', kind: 'test', place: 'tests/a.test.ts:2' },
    { id: 'A1-01', kind: 'test', place: 'tests/a.test.ts:2' },
  ])
})

it('counts the rows that a document says it covers', () => {
  const source = 'About ABC-02.\n\nCovers: ABC-01, A1-01\n<!-- Covers: ABC-02 -->\nIt Covers: ABC-09'

  expect(evidenceOfDocument('docs/ops.md', source)).toEqual([
    { id: 'ABC-01', kind: 'document', place: 'docs/ops.md:3' },
    { id: 'A1-01', kind: 'document', place: 'docs/ops.md:3' },
    { id: 'ABC-02', kind: 'document', place: 'docs/ops.md:4' },
  ])
})

it('prints what is done by what, what is left, and single rows', () => {
  const report = buildReport(parseRegister(register), [
    { id: 'ABC-01', kind: 'test', place: 'tests/a.test.ts:7' },
    { id: 'ABC-01', kind: 'document', place: 'docs/a.md:1' },
  ])

  expect(formatReport(report)).toBe(`ABC First things: 1/2
  ABC-01 tests/a.test.ts:7 docs/a.md:1
  left: ABC-02

A1 Second: 0/1
  left: A1-01

Done: 1/3 (must 1/1, should 0/1, could 0/1)`)
  expect(formatReport(report, { leftOnly: true })).toContain('  ABC-02 (should) Three\n')
  expect(formatRow(report, 'abc-01')).toBe('ABC-01 (must) One | two\n  tests/a.test.ts:7\n  docs/a.md:1')
  expect(formatRow(report, 'ABC-02')).toContain('nothing names it yet')
  expect(formatRow(report, 'ABC-77')).toBeNull()
})

it('reads the register of this repository, and every id that its tests name is in it', () => {
  const report = readAcceptance(root)

  expect(report.unknown).toEqual([])
  expect(report.total).toBeGreaterThanOrEqual(738)
  expect(report.modules.find((module) => module.code === 'IDN')?.total).toBeGreaterThanOrEqual(32)
})

it('ends with 1 and names the place when a test names an id that does not exist', async () => {
  const copy = await mkdtemp(join(tmpdir(), 'atrium-acceptance-'))
  try {
    for (const folder of ['scripts', 'docs', 'tests']) await mkdir(join(copy, folder))
    for (const file of ['acceptance.ts', 'test_titles.ts'])
      await cp(join(root, 'scripts', file), join(copy, 'scripts', file))
    await writeFile(join(copy, 'package.json'), '{ "type": "module" }')
    await writeFile(join(copy, 'docs/acceptance.md'), register)
    await writeFile(join(copy, 'tests/a.test.ts'), `it('[ABC-01] works', () => {})`)
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [join(copy, 'scripts/acceptance.ts'), ...args], { encoding: 'utf8' })

    expect(run()).toMatchObject({ status: 0, stdout: expect.stringContaining('Done: 1/3') })
    expect(JSON.parse(run('--json').stdout)).toMatchObject({ done: 1, total: 3 })
    expect(run('--id', 'ABC-01').stdout).toContain('tests/a.test.ts:1')
    expect(run('--id', 'ABC-99').status).toBe(1)
    await writeFile(join(copy, 'tests/b.test.ts'), `it('[ABC-99] works', () => {})`)
    expect(run()).toMatchObject({
      status: 1,
      stderr: 'tests/b.test.ts:1 names ABC-99, which docs/acceptance.md does not have\n',
    })
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
})
