import { z } from 'zod'
import type { RpcClient } from '../platform/mod.ts'

/** What the database says of mails to a person. */
export const mailStyleSchema = z.object({
  /** BCP 47; null for who is signing up. */
  locale: z.string().nullable(),
  brand: z.string(),
  support_address: z.string(),
})

/** How mails to a person look. @throws {Error} when the database cannot be asked */
export async function findMailStyle(db: RpcClient, userId: string): Promise<z.infer<typeof mailStyleSchema>> {
  const { data, error } = await db.rpc('get_mail_style', { user_id: userId })
  if (error) throw new Error(`Cannot read how mails look: ${error.message}`)
  return mailStyleSchema.parse(data)
}
