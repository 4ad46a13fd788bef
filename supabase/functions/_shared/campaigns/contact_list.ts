import { z } from '@hono/zod-openapi'
import { defineListing } from '../http/mod.ts'

const time = z.iso.datetime({ offset: true })

const contactSchema = z.object({
  id: z.uuid(),
  organization_id: z.uuid(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  first_name: z.string().nullable(),
  last_name: z.string().nullable(),
  company: z.string().nullable(),
  job_title: z.string().nullable(),
  country: z.string().nullable(),
  note: z.string().nullable(),
  created_at: time,
  updated_at: time,
})

/** The contacts of an organization. */
export const contactList = defineListing({
  item: contactSchema,
  filters: { email: ['eq'], phone: ['eq'], company: ['eq', 'in'], country: ['eq', 'in'], created_at: ['gte', 'lt'] },
  sorts: ['created_at'],
  defaultSort: 'created_at',
})
