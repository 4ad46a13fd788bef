/** Name under which the test virus is found. */
export const eicarName = 'Eicar-Test-Signature'

/** What the double says that it is. */
export const engineVersion = { version: '1.4.3', signatures: '27500', date: 'Sat Nov 21 08:00:00 2026' } as const

/** Largest content that is taken, as a newer clamd does by default. */
export const maxContentBytes = 100 * 1024 * 1024

/** Joined here, so that no scanner trips over this file. */
const eicar = Buffer.from(['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-', 'ANTIVIRUS-TEST-FILE!$H+H*'].join(''))

/** Looks for the test virus in content that comes in pieces; it knows no other one, and opens no archives. */
export interface VirusSearch {
  add(piece: Uint8Array): void
  /** Its name; null when nothing was found. */
  readonly finding: string | null
}

/** Begins a search. */
export function searchVirus(): VirusSearch {
  let tail = Buffer.alloc(0)
  let isFound = false
  return {
    add(piece) {
      if (isFound) return
      const window = Buffer.concat([tail, piece])
      isFound = window.includes(eicar)
      // A copy: the rest of the window need not be held.
      tail = Buffer.from(window.subarray(Math.max(0, window.length - eicar.length + 1)))
    },
    get finding() {
      return isFound ? eicarName : null
    },
  }
}
