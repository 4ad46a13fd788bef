import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const checkout = join(import.meta.dirname, '..', '..')

it('walks through the product on a temporary stack and ends well', { timeout: 120_000 }, async () => {
  const nobody = await mkdtemp(join(tmpdir(), 'atrium-no-stack-'))
  try {
    const parameters = [join(checkout, 'scripts', 'demo.ts'), '--data-dir', nobody]
    const child = spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk
      })
    }
    const [code] = await once(child, 'close')
    expect(output).toContain('The demo ended well')
    expect(code).toBe(0)
  } finally {
    await rm(nobody, { recursive: true, force: true })
  }
})
