import { parseArgs } from 'node:util'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { runningProject } from './running_project.ts'

// `npm run admin:create -- --email ada@example.com`: makes the first platform admin of an installation. Works on the running
// stack, or on the project that SUPABASE_URL and SUPABASE_SECRET_KEY name.

const pageSize = 200

/**
 * Makes somebody a platform admin, with a new account when the address has none. A second call changes nothing.
 *
 * The right is kept in `app_metadata`, which no user can edit. A new account has no password that anybody knows: the
 * person gets a mail to choose one.
 *
 * @param client with the secret key
 * @returns the account, and whether it is new
 * @throws {Error} what Auth answers
 */
export async function createAdmin(client: SupabaseClient, email: string): Promise<{ id: string; isNew: boolean }> {
  const existing = await findPerson(client, email)
  if (existing) {
    const { error } = await client.auth.admin.updateUserById(existing, { app_metadata: { platform_admin: true } })
    if (error) throw error
    return { id: existing, isNew: false }
  }
  const { data, error } = await client.auth.admin.createUser({
    email,
    email_confirm: true,
    app_metadata: { platform_admin: true },
  })
  if (error) throw error
  const asked = await client.auth.resetPasswordForEmail(email)
  if (asked.error) throw asked.error
  return { id: data.user.id, isNew: true }
}

async function findPerson(client: SupabaseClient, email: string): Promise<string | null> {
  for (let page = 1; ; page += 1) {
    const { data, error } = await client.auth.admin.listUsers({ page, perPage: pageSize })
    if (error) throw error
    const found = data.users.find((user) => user.email?.toLowerCase() === email.toLowerCase())
    if (found) return found.id
    if (data.users.length < pageSize) return null
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { email: { type: 'string' }, 'data-dir': { type: 'string' } } })
  const target = await runningProject(values['data-dir'] ? ['--data-dir', values['data-dir']] : [])
  if (!values.email || !target) {
    console.error(
      values.email
        ? 'No stack is running. Run "npm start", or set SUPABASE_URL and SUPABASE_SECRET_KEY.'
        : 'Usage: npm run admin:create -- --email ada@example.com',
    )
    process.exitCode = 1
  } else {
    const client = createClient(target.url, target.key, { auth: { persistSession: false, autoRefreshToken: false } })
    const { id, isNew } = await createAdmin(client, values.email)
    console.log(
      isNew
        ? `${values.email} is a platform admin (${id}). A mail to choose a password was sent.`
        : `${values.email} (${id}) is a platform admin from the next sign-in on.`,
    )
  }
}
