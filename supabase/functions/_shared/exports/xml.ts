const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Text for an element or attribute of Office's XML, where characters that XML cannot hold are written as `_xHHHH_`. */
export function escapeXml(text: string): string {
  // What looks like such a character would be read as one.
  const plain = text.toWellFormed().replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
  return withoutUnwritable(plain).replace(/[&<>"]/g, (found) => entities[found] ?? found)
}

/** Control characters but tab and line feed, since a carriage return would be read as one; and two that are none. */
function isUnwritable(code: number): boolean {
  return (code < 32 && code !== 9 && code !== 10) || code === 0xfffe || code === 0xffff
}

function withoutUnwritable(text: string): string {
  let clean = ''
  let from = 0
  for (let place = 0; place < text.length; place += 1) {
    const code = text.charCodeAt(place)
    if (!isUnwritable(code)) continue
    clean += `${text.slice(from, place)}_x${code.toString(16).toUpperCase().padStart(4, '0')}_`
    from = place + 1
  }
  return clean + text.slice(from)
}
