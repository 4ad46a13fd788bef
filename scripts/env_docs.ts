import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  platformVariables,
  replacedVariables,
  type Variable,
  variableGroups,
} from '../supabase/functions/_shared/runtime/variables.ts'

// `npm run docs:env`: writes .env.example and docs/configuration.md from the register of variables.

const root = join(import.meta.dirname, '..')
const width = 120

/** A text in lines of at most 120 characters, each behind a prefix. */
function wrap(text: string, prefix: string): string {
  const lines = [prefix]
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? prefix
    if (last !== prefix && last.length + word.length + 1 > width) lines.push(prefix + word)
    else lines[lines.length - 1] = last === prefix ? prefix + word : `${last} ${word}`
  }
  return lines.join('\n')
}

/** Text of `.env.example`: every variable, empty, under a comment for each group. */
export function envExample(): string {
  const head =
    'Copy to .env and fill in what you need. `npm start` works with everything left empty: mail goes to the sandbox and ' +
    'secrets are made at first boot. Values of the process win over this file. Written by `npm run docs:env`; ' +
    'docs/configuration.md says who reads what and when it is needed.'
  const groups = variableGroups.map(({ title, about, variables }) =>
    [wrap(`${title}. ${about}`, '# '), ...variables.map(({ name }) => `${name}=`)].join('\n'),
  )
  return `${[wrap(head, '# '), ...groups].join('\n\n')}\n`
}

/** A table of Markdown with columns as wide as their widest cell, as the formatter has them. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((cells) => (cells[column] ?? '').length)))
  const line = (cells: readonly string[], filler = ' ') =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, filler)).join(' | ')} |`
  return [
    line(head),
    line(
      head.map(() => ''),
      '-',
    ),
    ...rows.map((cells) => line(cells)),
  ].join('\n')
}

const readersOf = ({ readers }: Variable) => readers.join(', ')

/** Text of docs/configuration.md. */
export function configurationPage(): string {
  const groups = variableGroups.flatMap(({ title, about, variables }) => [
    `## ${title}`,
    wrap(about, ''),
    table(
      ['variable', 'read by', 'needed', 'secret'],
      variables.map((variable) => [
        `\`${variable.name}\``,
        readersOf(variable),
        variable.needed,
        variable.isSecret ? 'yes' : 'no',
      ]),
    ),
  ])
  return `${[
    '# Configuration',
    wrap(
      'Written by `npm run docs:env` from `supabase/functions/_shared/runtime/variables.ts`. Every function checks its ' +
        'environment with `readEnv` when it starts and names each variable that is missing or malformed; `npm run doctor` ' +
        'checks a whole installation.',
      '',
    ),
    [
      '- **functions**: `supabase secrets set` when hosted, `supabase/functions/.env` with `supabase start`, `.env` locally',
      '- **auth**: `env(...)` in `supabase/config.toml`, brought up by `supabase config push` or set in the dashboard',
      '- **vault**: `env(...)` of `[db.vault]` in `supabase/config.toml`, from the environment of the Supabase CLI',
      '- **local**: `.env` or the process; `npm start` and the tests only',
      '- needed **hosted**: staging and production do not start without; **for the provider**: with the provider it belongs to',
    ].join('\n'),
    ...groups,
    '## Given by the platform',
    wrap(
      `Nobody sets ${platformVariables.map((text) => `\`${text}\``).join(', ')}: names that start with SUPABASE_ are ` +
        'reserved when hosted.',
      '',
    ),
    '## Not read',
    'Names that the systems before this one had. `npm run doctor` points at them.',
    table(
      ['variable', 'instead'],
      Object.entries(replacedVariables).map(([variable, instead]) => [`\`${variable}\``, instead]),
    ),
  ].join('\n\n')}\n`
}

/** The files and what they should hold. */
export const envDocuments: readonly { readonly file: string; readonly text: () => string }[] = [
  { file: '.env.example', text: envExample },
  { file: 'docs/configuration.md', text: configurationPage },
]

if (import.meta.main) {
  for (const { file, text } of envDocuments) {
    const isCheck = process.argv.includes('--check')
    if (!isCheck) await writeFile(join(root, file), text())
    else if ((await readFile(join(root, file), 'utf8').catch(() => '')) !== text()) {
      console.error(`${file} is not what the register of variables gives. Run "npm run docs:env" and commit.`)
      process.exitCode = 1
    }
  }
}
