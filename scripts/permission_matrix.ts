import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { withConnection } from '../local/postgres/database.ts'
import { withFreshDatabase } from './fresh_database.ts'

// docs/domains/identity/permissions.md, written from the lookup rows: `npm run docs:permissions`.

const file = join(import.meta.dirname, '..', 'docs', 'domains', 'identity', 'permissions.md')
const rolesSchema = z.array(
  z.object({ role: z.string(), rank: z.number(), is_outsider: z.boolean(), description: z.string() }),
)
const permissionsSchema = z.array(
  z.object({
    permission: z.string(),
    is_kept_on_suspension: z.boolean(),
    is_kept_without_second_factor: z.boolean(),
    is_open_to_apps: z.boolean(),
    description: z.string(),
    roles: z.array(z.string()),
  }),
)

/** A table whose columns are as wide as their widest cell. */
function table(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows
  const widths = head.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.slice(1).map(line)].join('\n')
}

const tick = (holds: boolean) => (holds ? '✓' : '')

/** The page that says which role may do what. @param url a database with the migrations applied */
export function permissionMatrix(url: string): Promise<string> {
  return withConnection(url, async (sql) => {
    const roles = rolesSchema.parse(
      await sql`select role, rank, is_outsider, description from public.roles order by rank desc`,
    )
    const permissions = permissionsSchema.parse(
      await sql`
        select permission, is_kept_on_suspension, is_kept_without_second_factor, is_open_to_apps, description,
          array(select role from public.role_permissions where role_permissions.permission = permissions.permission) as roles
        from public.permissions order by permission`,
    )
    const members = roles.filter(({ is_outsider }) => !is_outsider)
    return [
      '# Who may do what',
      'Written from the lookup rows by `npm run docs:permissions`; a test compares the two. Do not edit it.',
      '## Roles',
      'Nobody grants, changes or removes a role at or above the own rank, except owners. Outsiders are no members: they see\n' +
        'single rows through a binding of their own.',
      table([
        ['role', 'rank', 'outsider', 'what for'],
        ...roles.map((role) => [`\`${role.role}\``, String(role.rank), tick(role.is_outsider), role.description]),
      ]),
      '## Permissions',
      "A role of an organization's own has the permissions chosen for it and the rank of its base role.",
      table([
        [
          'permission',
          ...members.map(({ role }) => role),
          'while suspended',
          'without second factor',
          'apps',
          'allows',
        ],
        ...permissions.map((one) => [
          `\`${one.permission}\``,
          ...members.map(({ role }) => tick(one.roles.includes(role))),
          tick(one.is_kept_on_suspension),
          tick(one.is_kept_without_second_factor),
          tick(one.is_open_to_apps),
          one.description,
        ]),
      ]),
      '"While suspended": members keep it when the organization is suspended. "Without second factor": members have it although\n' +
        'the organization requires a second factor that their session lacks. "Apps": people can let third-party apps use it.\n',
    ].join('\n\n')
  })
}

/** What the repository has. */
export const writtenMatrix = () => readFile(file, 'utf8').catch(() => '')

if (import.meta.main) {
  const generated = await withFreshDatabase((url) => permissionMatrix(url))
  if (process.argv.includes('--check')) {
    if ((await writtenMatrix()) !== generated) {
      console.error('The permission matrix is old. Run "npm run docs:permissions" and commit the result.')
      process.exitCode = 1
    }
  } else {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, generated)
    console.log('Wrote docs/domains/identity/permissions.md')
  }
}
