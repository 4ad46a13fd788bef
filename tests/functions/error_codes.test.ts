import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { platformErrors } from '../../local/functions/platform_errors.ts'

const root = join(import.meta.dirname, '..', '..')
const documented = readFileSync(join(root, 'docs', 'api', 'errors.md'), 'utf8')

/** The text of all files below a folder, without comments, whose examples name codes of their own. */
function sources(folder: string, extension: string): string {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(extension))
    .map((name) => readFileSync(join(root, folder, name), 'utf8'))
    .join('\n')
    .replace(/^\s*(\*|--).*$/gm, '')
}

const codesIn = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')

it.each([
  ['the functions', codesIn(sources('supabase/functions', '.ts'), /new AppError\(\s*\d+,\s*'(\w+)'/g)],
  ['the database', codesIn(sources('supabase/schemas', '.sql'), /raise_error\(\s*\d+,\s*'(\w+)'/g)],
  ['the platform', Object.values(platformErrors).map(({ code }) => code)],
])('lists every error code of %s in docs/api/errors.md', (_name, codes) => {
  expect(codes.length).toBeGreaterThan(3)
  for (const code of codes) expect(documented, `${code} is not documented`).toContain(`\`${code}\``)
})
