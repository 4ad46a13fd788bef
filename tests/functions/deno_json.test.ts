import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { z } from 'zod'

const root = join(import.meta.dirname, '..', '..')
const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'))
const importMap = z.object({ imports: z.record(z.string(), z.string()) }).parse(read('supabase/functions/deno.json'))
const { dependencies } = z.object({ dependencies: z.record(z.string(), z.string()) }).parse(read('package.json'))

it('[DEP-26] pins the same packages in the same versions for functions as package.json', () => {
  for (const [name, target] of Object.entries(importMap.imports)) {
    const match = /^npm:\/?((?:@[^/]+\/)?[^@/]+)@([^/]+)(\/.*)?$/.exec(target)
    expect(match, `${name} is not an npm package with a version`).not.toBeNull()
    const [, packageName = '', version, path = ''] = match ?? []
    expect(name, `${name} has another name than its package`).toBe(`${packageName}${path}`)
    expect(version, `${packageName} is not the version of package.json`).toBe(dependencies[packageName])
    expect(version).toMatch(/^\d+\.\d+\.\d+/)
  }
})

it('[TST-22] passes the type check of Deno without fetching anything', async () => {
  const deno = join(root, 'node_modules', 'deno', 'deno')
  const parameters = ['check', '--quiet', '--config', 'supabase/functions/deno.json', '--no-remote', '--cached-only']
  const checked = promisify(execFile)(deno, [...parameters, 'supabase/functions'], { cwd: root })
  await expect(checked).resolves.toMatchObject({ stderr: '' })
}, 60_000)
