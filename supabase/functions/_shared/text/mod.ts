export { cleanLine, cleanPlainText, plainLine, plainText, unlinkedLine } from './plain_text.ts'
export { richText, sanitizeRichText } from './rich_text.ts'
