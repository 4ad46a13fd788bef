import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const folder = join(import.meta.dirname, '..', '..', '..', 'supabase', 'functions')

it('no function loads viem when it starts: only what needs a chain imports it, when it needs it', async () => {
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'))
  const users = []
  for (const name of files) {
    const text = await readFile(join(folder, name), 'utf8')
    expect(text, name).not.toMatch(/^(import|export)(?! type)[^;]*? from 'viem/m)
    if (/import\('viem/.test(text)) users.push(name)
  }
  expect(users.sort()).toEqual([
    '_shared/providers/payments/chain_reader.ts',
    '_shared/providers/payments/wallet_message.ts',
  ])
})
