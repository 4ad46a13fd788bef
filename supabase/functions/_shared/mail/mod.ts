export { escapeHtml, type MailContent, renderMail } from './layout.ts'
export { defaultLook, fill, type MailLocale, type MailLook, mailInstant, mailLocale } from './look.ts'
export { contrast, mailColors } from './mail_colors.ts'
export {
  findMailStyle,
  type MailRecipient,
  mailBrandingSchema,
  mailRecipientSchema,
  organizationLook,
} from './mail_style.ts'
