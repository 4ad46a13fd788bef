export { escapeHtml, type MailContent, renderMail } from './layout.ts'
export { defaultLook, fill, type MailLocale, type MailLook, mailLocale } from './look.ts'
export { findMailStyle, mailStyleSchema } from './mail_style.ts'
