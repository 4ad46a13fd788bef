import { strToU8, zipSync } from 'fflate'

/** The smallest zip that is an Office document. @param part that makes it one, such as `word/document.xml` */
export function officeFile(part: string): Uint8Array<ArrayBuffer> {
  const xml = strToU8('<?xml version="1.0"?><x/>')
  return new Uint8Array(zipSync({ '[Content_Types].xml': xml, '_rels/.rels': xml, [part]: xml }))
}
