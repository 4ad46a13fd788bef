import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import schema from '@supabase/config/schema.json' with { type: 'json' }
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'smol-toml'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const folder = join(import.meta.dirname, '..', '..', '..', 'supabase')
const config = parse(await readFile(join(folder, 'config.toml'), 'utf8'))
const functionsSchema = z.record(z.string(), z.looseObject({ entrypoint: z.string(), verify_jwt: z.boolean() }))

/** Every value of a document with its path. */
function findValues(value: unknown, key = ''): { key: string; value: unknown }[] {
  if (typeof value !== 'object' || value === null) return [{ key, value }]
  return Object.entries(value).flatMap(([name, part]) => findValues(part, key === '' ? name : `${key}.${name}`))
}

describe('supabase/config.toml', () => {
  it('is valid by the published schema of the CLI, which knows every key of it', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false })
    const validate = ajv.compile(schema)
    validate(config)
    expect(validate.errors ?? []).toEqual([])
  })

  it('[SEC-21] holds no secret itself: each comes from the environment', () => {
    const secrets = findValues(config).filter(({ key }) =>
      /(^|_)(secrets?|token|pass|password|key)$/.test(key.split('.').at(-1) ?? ''),
    )
    const texts = secrets.filter(({ value }) => typeof value === 'string' && value !== '')
    expect(texts.map(({ key }) => key)).toEqual(
      expect.arrayContaining([
        'auth.external.linkedin_oidc.secret',
        'auth.sms.twilio.auth_token',
        'db.vault.worker_key',
      ]),
    )
    for (const { key, value } of texts) expect(value, key).toMatch(/^env\([A-Z][A-Z0-9_]*\)$/)
  })

  it('has one block for each function, and each function checks callers itself', async () => {
    const folders = await readdir(join(folder, 'functions'), { withFileTypes: true })
    const names = folders
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
      .map((entry) => entry.name)
    const blocks = functionsSchema.parse(config.functions)
    expect(Object.keys(blocks).sort()).toEqual(names.sort())
    for (const [name, block] of Object.entries(blocks)) {
      expect(block).toMatchObject({ entrypoint: `./functions/${name}/index.ts`, verify_jwt: false })
    }
  })
})
