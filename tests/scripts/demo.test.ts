import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readPdf } from '../support/read_pdf.ts'

const checkout = join(import.meta.dirname, '..', '..')

it('walks through the product on a temporary stack and ends well', { timeout: 180_000 }, async () => {
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
    const [, document = ''] = /The PDF it made: (.+)/.exec(output) ?? []
    const pdf = await readPdf(new Uint8Array(await readFile(document)))
    expect(pdf.pages[0]?.text).toContain('Who has access')
  } finally {
    await rm(nobody, { recursive: true, force: true })
  }
})
