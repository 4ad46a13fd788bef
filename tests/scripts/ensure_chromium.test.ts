import { delimiter } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ensureChromium, findChromium, type Machine } from '../../scripts/ensure_chromium.ts'

/** A machine with these programs; `apt-get install` adds Chromium unless there is no network. */
function machineWith(programs: string[], options: Partial<Machine> & { isOffline?: boolean } = {}) {
  const commands: string[] = []
  const { isOffline = false, ...rest } = options
  const machine: Machine = {
    env: { PATH: ['/opt/bin', '/usr/bin'].join(delimiter) },
    isRoot: true,
    isExecutable: (path) => programs.includes(path),
    run(_command, args) {
      commands.push(args.filter((arg) => arg === 'update' || arg === 'install').join())
      if (args.includes('install') && !isOffline) programs.push('/usr/bin/chromium')
      return !isOffline
    },
    ...rest,
  }
  return { machine, commands }
}

describe('finding Chromium', () => {
  it('takes the one that CHROMIUM_PATH names', () => {
    const { machine } = machineWith(['/usr/bin/chromium', '/x/chrome'], { env: { CHROMIUM_PATH: '/x/chrome' } })
    expect(findChromium(machine)).toEqual({ path: '/x/chrome' })
  })

  it('says so when CHROMIUM_PATH names nothing, and installs nothing', () => {
    const { machine, commands } = machineWith(['/usr/bin/apt-get'], { env: { CHROMIUM_PATH: '/x/chrome' } })
    expect(ensureChromium(machine)).toEqual({ path: null, reason: 'CHROMIUM_PATH is "/x/chrome", which is no program' })
    expect(commands).toEqual([])
  })

  it('takes the first that is in PATH', () => {
    const { machine, commands } = machineWith(['/usr/bin/chromium', '/opt/bin/google-chrome', '/usr/bin/apt-get'])
    expect(ensureChromium(machine)).toEqual({ path: '/opt/bin/google-chrome' })
    expect(commands).toEqual([])
  })
})

describe('installing Chromium', () => {
  it('happens as root on a machine with apt', () => {
    const { machine, commands } = machineWith(['/usr/bin/apt-get'])
    expect(ensureChromium(machine)).toEqual({ path: '/usr/bin/chromium' })
    expect(commands).toEqual(['update', 'install'])
  })

  it.each([
    ['without root', { isRoot: false }, ['/usr/bin/apt-get']],
    ['without apt', {}, []],
  ])('does not happen %s, and the reason says what to do', (_case, options, programs) => {
    const { machine, commands } = machineWith(programs, options)
    expect(ensureChromium(machine)).toMatchObject({ path: null, reason: expect.stringContaining('apt-get install') })
    expect(commands).toEqual([])
  })

  it('that fails is reported, not thrown', () => {
    const { machine } = machineWith(['/usr/bin/apt-get'], { isOffline: true })
    expect(ensureChromium(machine)).toMatchObject({ path: null, reason: expect.stringContaining('could not install') })
  })
})
