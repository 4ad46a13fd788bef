const smallestGram = 2
const largestGram = 3
/** Only so many of the best candidates by shared grams are compared letter by letter. */
const compared = 50

interface Entry {
  readonly original: string
  readonly folded: string
  /** Euclidean norm of the gram counts, one for each gram size. */
  readonly norms: Map<number, number>
}

/** Finds names that look like a given one, for the "Perhaps you meant" hints. */
export class FuzzySet {
  readonly #entries: Entry[] = []
  readonly #exact = new Map<string, string>()
  readonly #grams = new Map<string, { entry: Entry; count: number }[]>()

  constructor(names: Iterable<string>) {
    for (const name of names) this.#add(name)
  }

  /**
   * @param minScore 1 is equal, 0 has nothing in common
   * @returns candidates with their score, best first
   */
  get(name: string, minScore = 0.33): { score: number; name: string }[] {
    const folded = name.toLowerCase()
    const exact = this.#exact.get(folded)
    if (exact !== undefined) return [{ score: 1, name: exact }]
    for (let size = largestGram; size >= smallestGram; size--) {
      const found = this.#search(folded, size).filter((match) => match.score >= minScore)
      if (found.length > 0) return found
    }
    return []
  }

  /** @returns the best candidate, if any reaches `minScore` */
  best(name: string, minScore?: number): string | null {
    return this.get(name, minScore)[0]?.name ?? null
  }

  #add(name: string): void {
    const folded = name.toLowerCase()
    if (this.#exact.has(folded)) return
    const entry: Entry = { original: name, folded, norms: new Map() }
    this.#exact.set(folded, name)
    this.#entries.push(entry)
    for (let size = smallestGram; size <= largestGram; size++) {
      const counts = countGrams(folded, size)
      entry.norms.set(size, norm(counts))
      for (const [gram, count] of counts) {
        const list = this.#grams.get(gram)
        if (list) list.push({ entry, count })
        else this.#grams.set(gram, [{ entry, count }])
      }
    }
  }

  #search(folded: string, size: number): { score: number; name: string }[] {
    const counts = countGrams(folded, size)
    const dots = new Map<Entry, number>()
    for (const [gram, count] of counts) {
      for (const match of this.#grams.get(gram) ?? []) {
        dots.set(match.entry, (dots.get(match.entry) ?? 0) + count * match.count)
      }
    }
    const length = norm(counts)
    return [...dots]
      .map(([entry, dot]) => ({ entry, score: dot / (length * (entry.norms.get(size) ?? 1)) }))
      .sort((a, b) => b.score - a.score)
      .slice(0, compared)
      .map(({ entry }) => ({ score: similarity(entry.folded, folded), name: entry.original }))
      .sort((a, b) => b.score - a.score)
  }
}

function countGrams(folded: string, size: number): Map<string, number> {
  let text = `-${folded.replace(/[^\p{L}\p{N}_ ,]/gu, '')}-`
  while (text.length < size) text += '-'
  const counts = new Map<string, number>()
  for (let i = 0; i + size <= text.length; i++) {
    const gram = text.slice(i, i + size)
    counts.set(gram, (counts.get(gram) ?? 0) + 1)
  }
  return counts
}

function norm(counts: Map<string, number>): number {
  let sum = 0
  for (const count of counts.values()) sum += count * count
  return Math.sqrt(sum)
}

function similarity(a: string, b: string): number {
  const longest = Math.max(a.length, b.length)
  return longest === 0 ? 1 : 1 - editDistance(a, b) / longest
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(change, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
    previous = row
  }
  return previous[b.length] ?? 0
}
