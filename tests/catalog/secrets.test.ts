import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { describe, expect, it } from 'vitest'
import { connectionSecurity } from '../../local/postgres/database.ts'

const folder = join(import.meta.dirname, '..', '..')
const tracked = execFileSync('git', ['ls-files'], { cwd: folder, encoding: 'utf8' }).split('\n').filter(Boolean)

/** What a secret looks like, by the formats of the services that this project talks to. */
const formats: Record<string, RegExp> = {
  'Supabase secret key': /sb_secret_[A-Za-z0-9_-]{20,}/,
  'private key': /-----BEGIN (RSA |EC |OPENSSH )?PRIVATE KEY-----/,
  'Stripe key': /\b(sk|rk)_live_[A-Za-z0-9]{16,}/,
  'Google API key': /\bAIza[0-9A-Za-z_-]{35}\b/,
  'GitHub token': /\bgh[pousr]_[A-Za-z0-9]{30,}/,
  'AWS access key': /\bAKIA[0-9A-Z]{16}\b/,
  'JWT with a signature': /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}/,
}

/** Leaves of a configuration with their paths. */
function leaves(value: unknown, path = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]]
  return Object.entries(value).flatMap(([key, item]) => leaves(item, path ? `${path}.${key}` : key))
}

describe('secrets', () => {
  it.each(Object.entries(formats))('[SEC-21] of the kind "%s" stand in no file of the tree', async (_kind, format) => {
    const found: string[] = []
    for (const name of tracked) {
      const text = await readFile(join(folder, name), 'utf8').catch(() => '')
      if (format.test(text)) found.push(name)
    }
    expect(found).toEqual([])
  })

  it('[SEC-21] are recognised by these formats', () => {
    const samples = [
      `sb_secret_${'a'.repeat(32)}`,
      `-----BEGIN ${'PRIVATE'} KEY-----`,
      `sk_live_${'a'.repeat(24)}`,
      `AIza${'a'.repeat(35)}`,
      `ghp_${'a'.repeat(36)}`,
      `AKIA${'A'.repeat(16)}`,
      ['eyJhbGciOiJIUzI1NiJ9', 'eyJyb2xlIjoiYW5vbiJ9', 'a'.repeat(43)].join('.'),
    ]
    expect(Object.values(formats).map((format, index) => format.test(samples[index] ?? ''))).toEqual(
      samples.map(() => true),
    )
  })

  it('[SEC-21] come into config.toml from the environment alone', async () => {
    const config = parse(await readFile(join(folder, 'supabase', 'config.toml'), 'utf8'))
    const secret = /(^|[._])(secret|secrets|auth_token|password|pass|access_key|api_key|secret_key)$/
    const literal = leaves(config).filter(
      ([path, value]) => secret.test(path) && !/^(env\(\w+\))?$/.test(String(value)),
    )
    expect(literal).toEqual([])
  })

  it('[SEC-21] of files that people make stay out of the tree', () => {
    const ignored = ['.env', 'supabase/functions/.env', '.local/stack/secrets.json']
    expect(
      execFileSync('git', ['check-ignore', ...ignored], { cwd: folder, encoding: 'utf8' })
        .trim()
        .split('\n'),
    ).toEqual(ignored)
  })
})

describe('connections to a database', () => {
  it.each(['postgresql://u:p@db.example.supabase.co:5432/postgres', 'postgresql://u:p@10.0.0.7/x?sslmode=disable'])(
    '[SEC-18] that leave this machine are encrypted: %s',
    (url) => expect(connectionSecurity(url)).toEqual({ ssl: 'require', sslMode: 'require' }),
  )

  it.each(['postgresql://u:p@127.0.0.1:54322/postgres', 'postgresql://u:p@[::1]/x'])(
    'that stay on it need no certificate: %s',
    (url) => expect(connectionSecurity(url)).toEqual({ ssl: false, sslMode: 'disable' }),
  )
})
