import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { rotateLog, setLogAside } from '../../../local/cli/log_file.ts'

let folder = ''
const rotation = { maxBytes: 100, keptFiles: 2 }
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atrium-log-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const file = () => join(folder, 'stack.log')
const textOf = (name: string) => readFile(join(folder, name), 'utf8')

it('[OBS-08] the log of a stack in the background never grows over its size, and older parts are removed', async () => {
  const log = await open(file(), 'a')
  try {
    await log.write('short\n')
    expect(await rotateLog(file(), rotation)).toBe(false)
    for (const part of ['first', 'second', 'third']) {
      await log.write(`${part} ${'x'.repeat(rotation.maxBytes)}\n`)
      expect(await rotateLog(file(), rotation)).toBe(true)
    }
    await log.write('after\n')
  } finally {
    await log.close()
  }
  expect((await readdir(folder)).sort()).toEqual(['stack.log', 'stack.log.1', 'stack.log.2'])
  expect(await textOf('stack.log')).toBe('after\n')
  expect(await textOf('stack.log.1')).toMatch(/^third x+\n$/)
  expect(await textOf('stack.log.2')).toMatch(/^second x+\n$/)
})

it('[OBS-08] the log of the run before is kept when a stack starts anew', async () => {
  await setLogAside(file(), rotation)
  expect(await readdir(folder)).toEqual([])
  await writeFile(file(), 'why it crashed\n')
  await setLogAside(file(), rotation)
  await setLogAside(file(), rotation)
  expect(await readdir(folder)).toEqual(['stack.log.1'])
  expect(await textOf('stack.log.1')).toBe('why it crashed\n')
})
