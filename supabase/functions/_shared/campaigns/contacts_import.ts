import { z } from 'zod'
import { defineImport } from '../imports/mod.ts'

const text = (longest: number) => z.string().max(longest, `has more than ${longest} characters`)

/** Spaces, brackets, dots and dashes are how people write numbers; `00` is `+`. */
const phone = z
  .string()
  .transform((value) => value.replace(/[\s().\-/]/g, '').replace(/^00/, '+'))
  .pipe(z.string().regex(/^\+[1-9][0-9]{6,14}$/, 'is no phone number with its country, such as +2348012345678'))

/** Contacts of an organization, from CSV or Excel. The same rules stand in `public.contacts`. */
export const contactsImport = defineImport({
  importType: 'contacts',
  fields: {
    email: {
      label: 'E-mail',
      synonyms: ['mail', 'e-mail address', 'email address', 'work email', 'courriel', 'correo'],
      schema: z
        .string()
        .max(254, 'has more than 254 characters')
        .toLowerCase()
        .regex(/^[^\s@<>()",;:]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'is no e-mail address'),
      isTypical: (value) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value),
    },
    phone: {
      label: 'Phone',
      synonyms: ['phone number', 'mobile', 'mobile number', 'telephone', 'tel', 'cell', 'whatsapp', 'whatsapp number'],
      schema: phone,
      isTypical: (value) => /^(\+|00)[\d\s().-]{7,}$/.test(value),
    },
    first_name: { label: 'First name', synonyms: ['given name', 'forename', 'prénom'], schema: text(100) },
    last_name: { label: 'Last name', synonyms: ['surname', 'family name', 'nom de famille'], schema: text(100) },
    company: {
      label: 'Company',
      synonyms: ['company name', 'organization', 'organisation', 'employer', 'business', 'account'],
      schema: text(200),
    },
    job_title: { label: 'Job title', synonyms: ['title', 'position', 'role', 'function'], schema: text(200) },
    country: {
      label: 'Country',
      synonyms: ['country code', 'nation'],
      schema: z
        .string()
        .toUpperCase()
        .regex(/^[A-Z]{2}$/, 'is no country code of two letters, such as NG'),
    },
    note: { label: 'Note', synonyms: ['notes', 'comment', 'comments', 'remark'], schema: text(2000) },
  },
  check: ({ email, phone: number }) => (email || number ? null : 'needs an e-mail address or a phone number'),
})
