// Runs before `npm start` and `npm test`, on whatever Node the machine has and before anything is installed: it may
// use nothing but Node itself. Installs the pinned dependencies when they are missing or older than the lock file or the
// patches, which npm applies to them.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = join(dirname(fileURLToPath(import.meta.url)), '..')
const modules = join(folder, 'node_modules')
const marker = join(modules, '.atrium-installed')
const lock = join(folder, '.local', 'install.lock')
const staleLockMs = 15 * 60 * 1000

const patches = readdirSync(join(folder, 'patches')).sort()
const hash = createHash('sha256')
for (const file of ['package-lock.json', ...patches.map((name) => join('patches', name))]) {
  hash.update(readFileSync(join(folder, file)))
}
const wanted = hash.update(process.platform + process.arch).digest('hex')

const isCurrent = () => existsSync(marker) && readFileSync(marker, 'utf8') === wanted

if (!isCurrent()) {
  await takeLock()
  if (!isCurrent()) await install()
}

async function install() {
  const reason = existsSync(modules)
    ? 'The installed packages are older than package-lock.json or patches/'
    : 'First run'
  console.log(`${reason}: installing the pinned packages (about 700 MB, once) ...`)
  const started = Date.now()
  const child = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  const timer = setInterval(() => {
    console.log(`  still installing, ${Math.round((Date.now() - started) / 1000)} s so far ...`)
  }, 10_000)
  const code = await new Promise((resolve) => child.on('close', resolve))
  clearInterval(timer)
  if (code !== 0) {
    console.error('Installing failed. Correct what npm says above (network? disk space?) and run the command again.')
    process.exit(1)
  }
  writeFileSync(marker, wanted)
  console.log(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`)
}

/** One install at a time, also when `npm start` and `npm test` begin together. */
async function takeLock() {
  mkdirSync(dirname(lock), { recursive: true })
  for (let waited = 0; ; waited += 1) {
    try {
      mkdirSync(lock)
      process.on('exit', () => rmdirSync(lock))
      for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      if (Date.now() - statSync(lock, { throwIfNoEntry: false })?.mtimeMs > staleLockMs) rmdirSync(lock)
      else {
        if (waited === 0) console.log('Another command is installing the packages; waiting for it ...')
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
    }
  }
}
