/**
 * Lists of text, varchar, uuid and cidr for pools that do not ask the database for array types: an option `types` of
 * the library. Their elements hold no lists and are never null.
 */
export const textLists = {
  to: 1009,
  from: [1009, 1015, 2951, 651],
  parse: parseList,
  serialize: writeList,
}

/** `{plain,"in \\"quotes\\""}` as a list. */
function parseList(text: string): string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|([^,{}"]+)/g)].map(([, quoted, plain = '']) =>
    quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1'),
  )
}

function writeList(items: string[]): string {
  return `{${items.map((item) => `"${item.replace(/["\\]/g, '\\$&')}"`).join(',')}}`
}
