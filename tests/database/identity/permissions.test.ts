import { expect, it } from 'vitest'
import { permissionMatrix, writtenMatrix } from '../../../scripts/permission_matrix.ts'
import { fileDatabase, withRollback } from '../../support/database.ts'

it('[ORG-07] is documented as it is: which role may do what', async () => {
  expect(await writtenMatrix()).toBe(await permissionMatrix((await fileDatabase()).url))
})

it('[ORG-07] has the roles that the sources ask for, with a permission for every member', () =>
  withRollback(async (db) => {
    const roles = await db.rows<{ role: string; is_outsider: boolean; count: number }>(
      `select role, is_outsider, count(permission)::int as count
       from public.roles left join public.role_permissions using (role) group by role`,
    )
    expect(roles.map(({ role }) => role)).toEqual(
      expect.arrayContaining([
        'owner',
        'admin',
        'campaign_manager',
        'viewer',
        'vendor',
        'marketer',
        'client',
        'investor',
      ]),
    )
    for (const { role, is_outsider, count } of roles) expect(count > 0, role).toBe(!is_outsider)
  }))
