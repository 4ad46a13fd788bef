export { escapeHtml, type MailContent, renderMail } from './layout.ts'
