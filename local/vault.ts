import { withConnection } from './postgres/database.ts'

/**
 * Puts secrets into Vault under their names, replacing those of a former start. A database without Vault is left alone.
 *
 * @param url connection as `postgres`
 */
export async function fillVault(url: string, secrets: Readonly<Record<string, string>>): Promise<void> {
  await withConnection(url, async (sql) => {
    const [found] = await sql`select to_regclass('vault.secrets') is not null as has_vault`
    if (!found?.has_vault) return
    for (const [name, secret] of Object.entries(secrets)) {
      const [stored] = await sql<{ id: string; secret: string | null }[]>`
        select id, decrypted_secret as secret from vault.decrypted_secrets where name = ${name}`
      if (!stored) await sql`select vault.create_secret(${secret}, ${name})`
      else if (stored.secret !== secret) await sql`select vault.update_secret(${stored.id}, ${secret})`
    }
  })
}
