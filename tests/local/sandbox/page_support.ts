import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

/** A phone as Chromium plays one. */
export const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
}

/** Opens a page and writes down everything that the browser complains about. */
export async function openQuietly(
  browser: Browser,
  url: string,
  troubles: string[],
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  page.on('pageerror', (error) => troubles.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') troubles.push(message.text())
  })
  await page.goto(url)
  return page
}

interface StyledNode {
  readonly parentElement: StyledNode | null
}
declare const getComputedStyle: (node: StyledNode) => { readonly color: string; readonly backgroundColor: string }

/** Contrast of an element's text with the ground behind it, as WCAG counts it. Runs in the page. */
export function contrastOf(node: StyledNode): number {
  const channels = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number)
  const luminance = (color: string) => {
    const [r = 0, g = 0, b = 0] = channels(color).map((value) => {
      const part = value / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  let ground: StyledNode | null = node
  let background = 'rgb(255, 255, 255)'
  for (; ground; ground = ground.parentElement) {
    const color = getComputedStyle(ground).backgroundColor
    if (channels(color)[3] === 0) continue
    background = color
    break
  }
  const [a, b] = [luminance(getComputedStyle(node).color), luminance(background)]
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
}
