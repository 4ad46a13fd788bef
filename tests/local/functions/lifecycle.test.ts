import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { echo, tools } from './samples.ts'
import { errorBody, open, startHost } from './support.ts'

describe('the limits of a function', () => {
  it('warns about processor time, answers 504 at the wall clock and cuts a stream there', async () => {
    const host = await startHost(
      {
        'tools/index.ts': tools,
        'drip/index.ts': `
export default { fetch: () => new Response(new ReadableStream({ async pull(controller) {
  await new Promise((done) => setTimeout(done, 50)); controller.enqueue(new Uint8Array([46]))
} })) }`,
      },
      { config: open('tools', 'drip'), limits: { cpuWarningMs: 100, wallClockMs: 1500 } },
    )
    try {
      await host.fetch('/tools/cpu?ms=300')
      await vi.waitFor(() => expect(host.lines.some((line) => / warn tools .*CPU time.*cpu_ms/.test(line))).toBe(true))
      const response = await host.fetch('/tools/hang')
      expect(response.status).toBe(504)
      expect(response.headers.get('sb-error-code')).toBe('IDLE_TIMEOUT')
      expect((await errorBody(response)).code).toBe('IDLE_TIMEOUT')
      const drip = await host.fetch('/drip')
      expect(drip.status).toBe(200)
      await expect(drip.text()).rejects.toThrow()
    } finally {
      await host.close()
    }
  })

  it('ends a function that fills its memory with WORKER_LIMIT, leaves others alone and starts it again', async () => {
    const host = await startHost(
      { 'tools/index.ts': tools, 'echo/index.ts': echo },
      { config: open('tools', 'echo'), limits: { memoryMegabytes: 96 } },
    )
    try {
      for (const path of ['/tools/heap', '/tools/buffers']) {
        const [full, other] = await Promise.all([host.fetch(path), host.fetch('/echo')])
        expect(full.status).toBe(546)
        expect((await errorBody(full)).code).toBe('WORKER_LIMIT')
        expect(other.status).toBe(201)
        expect(await (await host.fetch('/tools/slow')).text()).toBe('slow')
      }
    } finally {
      await host.close()
    }
  })

  it('ends a function that never yields and starts it again', async () => {
    const host = await startHost(
      { 'tools/index.ts': tools },
      { config: open('tools'), limits: { unresponsiveMs: 600 } },
    )
    try {
      const response = await host.fetch('/tools/loop')
      expect(response.status).toBe(546)
      expect(await (await host.fetch('/tools/slow')).text()).toBe('slow')
    } finally {
      await host.close()
    }
  })
})

it('starts functions that are called by who does not wait long before anybody calls them', async () => {
  const loaded = `console.log('loaded')\nexport default { fetch: () => new Response('late') }`
  const host = await startHost(
    { 'hook/index.ts': loaded, 'other/index.ts': loaded },
    { config: open('hook', 'other'), warm: ['hook'] },
  )
  try {
    await vi.waitFor(() => expect(host.lines.some((line) => / hook loaded/.test(line))).toBe(true))
    expect(host.lines.some((line) => / other /.test(line))).toBe(false)
  } finally {
    await host.close()
  }
})

describe('a process that is killed', () => {
  const pid = `export default { async fetch(request) {
  if (request.url.includes('slow')) await new Promise((done) => setTimeout(done, 5000))
  return new Response(String(Deno.pid))
} }`

  it('fails its requests with WORKER_ERROR and is started again without being asked', async () => {
    const host = await startHost({ 'pid/index.ts': pid }, { config: open('pid') })
    try {
      const first = Number(await (await host.fetch('/pid')).text())
      const slow = host.fetch('/pid/slow')
      await vi.waitFor(async () => expect((await host.fetch('/pid')).status).toBe(200))
      process.kill(first, 'SIGKILL')
      const failed = await slow
      expect(failed.status).toBe(500)
      expect((await errorBody(failed)).code).toBe('WORKER_ERROR')
      const second = Number(await (await host.fetch('/pid')).text())
      expect(second).not.toBe(first)
    } finally {
      await host.close()
    }
  })

  it('makes requests wait a moment, and answers 503 while it keeps ending', async () => {
    const dying = `setTimeout(() => { const kept = []; for (;;) kept.push(new Array(10_000).fill(kept.length)) }, 20)
export default { fetch: () => new Promise((done) => setTimeout(() => done(new Response('survived')), 3000)) }`
    const host = await startHost(
      { 'dying/index.ts': dying },
      { config: open('dying'), limits: { memoryMegabytes: 32 } },
    )
    try {
      const statuses = new Set<number>()
      await vi.waitFor(
        async () => {
          const response = await host.fetch('/dying')
          statuses.add(response.status)
          if (response.status === 503) expect(response.headers.get('retry-after')).toBe('1')
          expect([...statuses].sort()).toEqual([503, 546])
        },
        { timeout: 25_000, interval: 10 },
      )
    } finally {
      await host.close()
    }
  })

  it('ends with the host, even one that was killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'atrium-test-orphan-'))
    mkdirSync(join(folder, 'functions', 'pid'), { recursive: true })
    writeFileSync(join(folder, 'functions', 'pid', 'index.ts'), pid)
    const host = spawn(process.execPath, [join(import.meta.dirname, 'lonely_host.ts'), join(folder, 'functions')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const [text] = await once(host.stdout, 'data')
      const child = Number(String(text))
      expect(isRunning(child)).toBe(true)
      host.kill('SIGKILL')
      await vi.waitFor(() => expect(isRunning(child)).toBe(false), { timeout: 25_000 })
    } finally {
      host.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('reloading', () => {
  const version = (text: string) => `
import { text } from '../_shared/text.ts'
export default { async fetch(request) {
  if (request.url.includes('slow')) await new Promise((done) => setTimeout(done, 600))
  return new Response('${text} ' + text)
} }`

  it('serves changed code, lets requests in flight finish and finds new functions', async () => {
    const host = await startHost(
      { 'hello/index.ts': version('one'), '_shared/text.ts': `export const text = 'a'` },
      { config: open('hello', 'fresh'), watch: true },
    )
    try {
      const text = async (path: string) => (await host.fetch(path)).text()
      expect(await text('/hello')).toBe('one a')
      const old = text('/hello/slow')
      host.write('hello/index.ts', version('two'))
      await vi.waitFor(async () => expect(await text('/hello')).toBe('two a'), { timeout: 25_000, interval: 50 })
      expect(await old).toBe('one a')
      host.write('_shared/text.ts', `export const text = 'b'`)
      await vi.waitFor(async () => expect(await text('/hello')).toBe('two b'), { timeout: 25_000, interval: 50 })
      host.write('hello/index.ts', 'this is not code')
      await vi.waitFor(async () => expect((await host.fetch('/hello')).status).toBe(503), { timeout: 25_000 })
      host.write('hello/index.ts', version('three'))
      await vi.waitFor(async () => expect(await text('/hello')).toBe('three b'), { timeout: 25_000, interval: 50 })
      host.write('fresh/index.ts', `export default { fetch: () => new Response('new') }`)
      await vi.waitFor(async () => expect(await text('/fresh')).toBe('new'), { timeout: 25_000, interval: 50 })
    } finally {
      await host.close()
    }
  })
})
