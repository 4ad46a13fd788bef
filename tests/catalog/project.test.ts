import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const folder = join(import.meta.dirname, '..', '..')
const read = (name: string) => readFile(join(folder, name), 'utf8')
const manifestSchema = z.object({
  scripts: z.record(z.string(), z.string()),
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
})
const manifest = manifestSchema.parse(JSON.parse(await read('package.json')))

/** Files of the project that git knows or would add. */
function files(...patterns: string[]): string[] {
  const options = { cwd: folder, encoding: 'utf8' } as const
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...patterns], options)
    .split('\n')
    .filter(Boolean)
}

const thisFile = 'tests/catalog/project.test.ts'

describe('the project', () => {
  it('[DEP-01] runs everything in CI on each push, by the one script that developers run too', async () => {
    const workflow = await read('.github/workflows/ci.yml')
    expect(workflow).toMatch(/^ {2}push:/m)
    expect(workflow).toContain('bash .ci/run')
    expect(await read('.ci/run')).toContain('npm run --silent check')
  })

  it('[AUD-13] makes every function by createApp, which authenticates, limits, logs and audits alike', async () => {
    const endpoints = files('supabase/functions/*/index.ts')
    expect(endpoints.length).toBeGreaterThan(5)
    for (const endpoint of endpoints) {
      const name = endpoint.split('/')[2]
      expect(await read(endpoint), endpoint).toContain(`export const app = createApp('${name}'`)
    }
  })

  it('[DEP-25] names every variable that code or configuration reads in .env.example', async () => {
    const listed = new Set([...(await read('.env.example')).matchAll(/^([A-Z0-9_]+)=/gm)].map((match) => match[1]))
    const config = [...(await read('supabase/config.toml')).matchAll(/env\(([A-Z0-9_]+)\)/g)].map((match) => match[1])
    const env = await read('supabase/functions/_shared/runtime/env.ts')
    const declared = [...env.matchAll(/^ {4}([A-Z][A-Z0-9_]+):/gm)].map((match) => match[1])
    // The platform gives a function these; nobody sets them.
    const own = declared.filter((name) => !name?.startsWith('SUPABASE_'))
    expect(own.length).toBeGreaterThan(5)
    expect([...config, ...own].filter((name) => !listed.has(name ?? ''))).toEqual([])
  })

  it('[DEP-26] pins every dependency to an exact version and locks all of them', async () => {
    const versions = { ...manifest.dependencies, ...manifest.devDependencies }
    const loose = Object.entries(versions).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    expect(loose).toEqual([])
    const lock = z
      .object({ packages: z.record(z.string(), z.looseObject({ version: z.string().optional() })) })
      .parse(JSON.parse(await read('package-lock.json')))
    for (const [name, version] of Object.entries(versions)) {
      expect(lock.packages[`node_modules/${name}`]?.version, name).toBe(version)
    }
  })

  it('[PLT-38] has a script for each everyday task', () => {
    const wanted =
      'start stop status dev demo check test bench db:build db:reset db:seed db:backup db:verify psql types docs:api sandbox acceptance'
    expect(Object.keys(manifest.scripts)).toEqual(expect.arrayContaining(wanted.split(' ')))
  })

  it('installs what is missing before the commands that a newcomer types', () => {
    for (const name of ['start', 'test', 'dev', 'demo', 'check', 'sandbox']) {
      expect(manifest.scripts[`pre${name}`], name).toBe('node scripts/ensure_installed.mjs')
    }
  })

  it('has npm apply the patches of packages, each made for the pinned version', () => {
    expect(manifest.scripts.postinstall).toBe('patch-package --error-on-fail --error-on-warn')
    const versions = { ...manifest.dependencies, ...manifest.devDependencies }
    for (const file of files('patches/*')) {
      const [, name = '', version] = /^patches\/(.+)\+([^+]+)\.patch$/.exec(file) ?? []
      expect(versions[name.replace('+', '/')], file).toBe(version)
    }
  })

  it('[TST-22] is strictly typed, without a way around it', async () => {
    const config = JSON.parse(await read('tsconfig.json'))
    for (const option of ['strict', 'noUncheckedIndexedAccess', 'exactOptionalPropertyTypes', 'erasableSyntaxOnly']) {
      expect(config.compilerOptions[option], option).toBe(true)
    }
    // `any` itself is refused by the linter; these would switch the compiler or the linter off.
    const holes: string[] = []
    const wayAround = /@ts-(ignore|nocheck|expect-error)|biome-ignore/
    for (const name of files('*.ts', '*.mts')) {
      if (name !== thisFile && wayAround.test(await read(name))) holes.push(name)
    }
    expect(holes).toEqual([])
  })

  it('keeps files short enough to have one subject', async () => {
    const generated = /^(types\/|supabase\/migrations\/|supabase\/seed\.sql|docs\/api\/openapi\.json)/
    const long: string[] = []
    for (const name of files('*.ts', '*.mjs', '*.sql')) {
      if (generated.test(name)) continue
      const count = (await read(name)).split('\n').length
      if (count > 420) long.push(`${name}: ${count} lines`)
    }
    expect(long).toEqual([])
  })

  it('[TST-22] has the linter refuse the type any', async () => {
    const { linter } = z
      .object({ linter: z.object({ rules: z.object({ suspicious: z.record(z.string(), z.string()) }) }) })
      .parse(JSON.parse(await read('biome.json')))
    expect(linter.rules.suspicious.noExplicitAny).toBe('error')
  })

  it('leaves no test out of the run', async () => {
    const switchedOff: string[] = []
    for (const name of files('tests/**/*.ts')) {
      // The script that reads test files is tested with text that looks like tests.
      if (name === 'tests/scripts/acceptance.test.ts') continue
      if (/^\s*(it|test|describe)\.(only|skip|todo)\(/m.test(await read(name))) switchedOff.push(name)
    }
    expect(switchedOff).toEqual([])
  })
})
