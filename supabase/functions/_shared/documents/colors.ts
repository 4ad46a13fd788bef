/** Our own colour, where an organization has none. */
const ours = '#14213d'
const hex = /^#[0-9a-f]{6}$/i

/** The colours of a document, from an organization's main colour. @param primary `#rrggbb`, null for ours */
export function documentColors(primary: string | null): { brand: string; onBrand: string; brandGround: string } {
  const chosen = primary !== null && hex.test(primary) ? primary.toLowerCase() : ours
  let brand = chosen
  // Headings are written in it: darkened until it is read on white as well as WCAG asks of text.
  for (let step = 0; step < 20 && contrast(brand, '#ffffff') < 4.5; step++) brand = mix(brand, '#000000', 0.1)
  return { brand, onBrand: '#ffffff', brandGround: mix(brand, '#ffffff', 0.93) }
}

function channels(color: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16))
}

function mix(color: string, other: string, share: number): string {
  const others = channels(other)
  const mixed = channels(color).map((channel, index) => channel * (1 - share) + (others[index] ?? 0) * share)
  return `#${mixed.map((channel) => Math.round(channel).toString(16).padStart(2, '0')).join('')}`
}

/** How well a colour is read on another, 1 to 21, as WCAG 2 says. */
export function contrast(color: string, ground: string): number {
  const [lighter = 0, darker = 0] = [luminance(color), luminance(ground)].sort((a, b) => b - a)
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = channels(color).map((channel) => {
    const share = channel / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
