import type { z } from 'zod'
import type { CallerDatabase } from '../database/mod.ts'
import { AppError } from '../http/mod.ts'
import type { ApiCaller } from './api_caller.ts'
import { type meSchema, profileSchema } from './schemas.ts'

/** Who asks: the person, or the service account behind the API key. @throws {AppError} 403 for a banned person */
export async function describeCaller(
  deps: { database: CallerDatabase },
  caller: ApiCaller,
): Promise<z.infer<typeof meSchema>> {
  if (caller.kind === 'service_account') {
    const { kind, id, organizationId, scopes } = caller
    return { kind, id, organization_id: organizationId, scopes: [...scopes] }
  }
  const [row] = await deps.database.asCaller(
    caller.claims,
    (sql) => sql`
      select id, display_name, headline, avatar_path, locale, time_zone, created_at
      from public.profiles where id = ${caller.id}`,
    { isReadOnly: true },
  )
  if (!row) throw new AppError(403, 'person_required', 'Only a signed-in person who is not banned may do this')
  return { kind: 'person', email: caller.email, ...profileSchema.parse(row) }
}
