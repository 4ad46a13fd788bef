/** A title of a test or suite and where it stands. */
export interface TestTitle {
  readonly title: string
  readonly line: number
}

/**
 * Finds the titles of `it`, `test` and `describe` in a test file, also behind `.each(...)`, `.skipIf(...)` and the
 * like. What is skipped for good or only planned (`.skip`, `.todo`) proves nothing and is left out.
 *
 * @param source text of the file
 */
export function findTestTitles(source: string): TestTitle[] {
  const titles: TestTitle[] = []
  let at = 0
  let before = ''
  while (at < source.length) {
    const next = skipText(source, at, before)
    if (next > at) {
      // A string or comment between two tokens: what stands in it is no test.
      if (isQuote(source[at])) before = "'"
      at = next
      continue
    }
    const word = /^[\w$]+/.exec(source.slice(at, at + 100))?.[0]
    if (word && ['it', 'test', 'describe'].includes(word) && before !== '.') {
      const title = readTitle(source, at + word.length)
      if (title !== null) titles.push({ title, line: source.slice(0, at).split('\n').length })
    }
    const token = word ?? source[at] ?? ''
    if (token.trim()) before = token
    at += token.length
  }
  return titles
}

/** Follows `.name`, `(...)` and template tables after `it` up to the call that has the title. */
function readTitle(source: string, start: number): string | null {
  let at = start
  for (;;) {
    at = skipSpace(source, at)
    const character = source[at]
    if (character === '.') {
      const name = /^\.\s*(\w+)/.exec(source.slice(at, at + 60))
      if (!name || name[1] === 'skip' || name[1] === 'todo') return null
      at += name[0].length
    } else if (character === '`') {
      at = skipString(source, at)
    } else if (character === '(') {
      const inside = skipSpace(source, at + 1)
      if (isQuote(source[inside])) return source.slice(inside + 1, skipString(source, inside) - 1)
      at = skipParentheses(source, at)
    } else {
      return null
    }
  }
}

const isQuote = (character: string | undefined) => character === "'" || character === '"' || character === '`'

function skipSpace(source: string, start: number): number {
  let at = start
  for (;;) {
    if (/\s/.test(source[at] ?? '')) at++
    else if (source.startsWith('//', at) || source.startsWith('/*', at)) at = skipComment(source, at)
    else return at
  }
}

/**
 * @param before the token before: after a value `/` divides, after anything else it begins a regular expression
 * @returns the place after the string, comment or regular expression that begins at `at`; `at` when none does
 */
function skipText(source: string, at: number, before: string): number {
  if (isQuote(source[at])) return skipString(source, at)
  if (source.startsWith('//', at) || source.startsWith('/*', at)) return skipComment(source, at)
  const isAfterValue = /^[\w$)\]'}]/.test(before) && !['return', 'case', 'await', 'typeof'].includes(before)
  if (source[at] !== '/' || isAfterValue) return at
  const expression = /^\/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\[\n])+\/\w*/.exec(source.slice(at, at + 2000))
  return at + (expression?.[0].length ?? 0)
}

function skipComment(source: string, start: number): number {
  const [end, length] = source[start + 1] === '/' ? ['\n', 1] : ['*/', 2]
  const found = source.indexOf(end, start + 2)
  return found < 0 ? source.length : found + length
}

/** @returns the place after the closing quote */
function skipString(source: string, start: number): number {
  const quote = source[start]
  let at = start + 1
  while (at < source.length && source[at] !== quote) {
    if (source[at] === '\\') at += 2
    else if (quote === '`' && source.startsWith('${', at)) at = skipParentheses(source, at + 1)
    else at++
  }
  return at + 1
}

/** @returns the place after the bracket that closes the one at `start` */
function skipParentheses(source: string, start: number): number {
  let depth = 0
  let at = start
  let before = ''
  while (at < source.length) {
    const next = skipText(source, at, before)
    if (next > at) {
      if (isQuote(source[at])) before = "'"
      at = next
      continue
    }
    const token = /^[\w$]+/.exec(source.slice(at, at + 100))?.[0] ?? source[at] ?? ''
    if ('([{'.includes(token)) depth++
    if (')]}'.includes(token)) depth--
    if (token.trim()) before = token
    at += token.length
    if (depth === 0) return at
  }
  return at
}
