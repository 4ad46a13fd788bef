/** Colours of the house style, all above 7:1 on both grounds. */
export const houseColors = {
  ink: '#14213d',
  text: '#1a1a1a',
  smallPrint: '#404040',
  ground: '#f4f4f1',
  card: '#ffffff',
}

/** Contrast of normal text that everybody can read (WCAG 2.2, level AAA). */
const readable = 7
/** Contrast by which the shape of a button is seen (WCAG 2.2, 1.4.11). */
const visible = 3

/** The colours of one mail. */
export interface MailColors {
  /** Name above the card. */
  readonly title: string
  readonly link: string
  /** Line above the card; null for none. */
  readonly stripe: string | null
  readonly button: { readonly ground: string; readonly label: string; readonly border: string }
}

/**
 * An organization's colours where they can be read, ours elsewhere. A button has its colour always, with the label in
 * black or white, whichever is told apart better, and an edge when the colour vanishes on white.
 *
 * @param primary hexadecimal, such as `#1a2b3c`; null for ours
 */
export function mailColors(primary: string | null, secondary: string | null): MailColors {
  const { ink, text, ground, card } = houseColors
  const accent = primary ?? ink
  const label = contrast(accent, card) >= contrast(accent, text) ? card : text
  return {
    title: contrast(accent, ground) >= readable ? accent : ink,
    link: contrast(accent, card) >= readable ? accent : ink,
    stripe: secondary ?? primary,
    button: { ground: accent, label, border: contrast(accent, card) >= visible ? accent : label },
  }
}

/** Contrast of two colours as WCAG 2.2 counts it, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance(color: string): number {
  const channel = (at: number) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}
