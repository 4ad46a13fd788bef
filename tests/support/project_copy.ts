import { cp, mkdtemp, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts, isFree, portsFor } from '../../local/ports.ts'

const checkout = join(import.meta.dirname, '..', '..')

/** A copy of the project that a test may edit and removes; packages are shared. */
export async function copyProject(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'atrium-project-'))
  for (const name of ['local', 'scripts', 'supabase', 'types', 'package.json', 'deno.json', '.env.example']) {
    await cp(join(checkout, name), join(folder, name), { recursive: true })
  }
  await symlink(join(checkout, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** A port base whose four ports are free. */
export async function freeBase(): Promise<number> {
  for (;;) {
    const [base = 0] = await freePorts(1)
    const ports = Object.values(portsFor(base))
    if (base < 65_000 && (await Promise.all(ports.map(isFree))).every(Boolean)) return base
  }
}
