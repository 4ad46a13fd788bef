import { describe, expect, it } from 'vitest'
import {
  contrast,
  type MailLook,
  mailColors,
  mailInstant,
  organizationLook,
  renderMail,
} from '../../../supabase/functions/_shared/mail/mod.ts'

const branding = {
  name: 'Harbour Ventures',
  logo_path: '7f1c/logo 1.png',
  primary_color: '#0b3d2e',
  secondary_color: '#e0a458',
  mail_footer: 'Harbour Ventures AB\nBox 7, Stockholm',
}
const publicUrl = 'https://api.example.com'
const content = {
  subject: 'Hello',
  heading: 'Hello',
  paragraphs: ['One'],
  action: { label: 'Go', url: 'https://app.example.com/go' },
  footnote: 'You asked for it.',
}
const look = (changes: Partial<typeof branding> | Record<string, null> = {}): MailLook => ({
  brand: 'Atrium',
  locale: 'fr',
  organization: organizationLook({ ...branding, ...changes }, publicUrl),
})

describe('colours of an organization', () => {
  // All corners and edges of the colour cube, and the middle greys that are the hardest.
  const channels = ['00', '55', '77', '99', 'bb', 'ff']
  const colors = channels.flatMap((red) =>
    channels.flatMap((green) => channels.map((blue) => `#${red}${green}${blue}`)),
  )

  it('are used where they can be read, whatever they are', () => {
    for (const color of colors) {
      const { title, link, button } = mailColors(color, null)
      expect(contrast(button.label, button.ground), color).toBeGreaterThanOrEqual(4)
      expect(contrast(button.border, '#ffffff') >= 3 || contrast(button.ground, '#ffffff') >= 3, color).toBe(true)
      expect(contrast(link, '#ffffff'), color).toBeGreaterThanOrEqual(7)
      expect(contrast(title, '#f4f4f1'), color).toBeGreaterThanOrEqual(7)
    }
  })

  it('are ours where it has none', () => {
    expect(mailColors(null, null)).toMatchObject({ title: '#14213d', link: '#14213d', stripe: null })
    expect(mailColors('#0B3D2E', null)).toMatchObject({ title: '#0B3D2E', button: { label: '#ffffff' } })
  })
})

describe('a mail in the name of an organization', () => {
  it('shows its logo, name, colours and footer in both parts, and who really sent it', () => {
    const { html, text } = renderMail(content, look())
    expect(html).toContain(`src="${publicUrl}/storage/v1/object/public/avatars/7f1c/logo%201.png"`)
    expect(html).toContain('background:#0b3d2e;color:#ffffff')
    expect(html).toContain('background:#e0a458')
    expect(html).toContain('Harbour Ventures AB<br>Box 7, Stockholm')
    expect(text).toContain('--\nHarbour Ventures\nYou asked for it.\n\nHarbour Ventures AB\nBox 7, Stockholm')
    for (const part of [html, text]) expect(part).toContain('Envoyé par Atrium pour Harbour Ventures')
  })

  it('does without what it has not', () => {
    const nothing = { logo_path: null, primary_color: null, secondary_color: null, mail_footer: null }
    const { html, text } = renderMail(content, look(nothing))
    expect(html).not.toContain('<img')
    expect(html).not.toMatch(/null|undefined/)
    expect(text).toContain('--\nHarbour Ventures\nYou asked for it.\n\nEnvoyé par Atrium pour Harbour Ventures')
  })

  it('makes no link and no markup of what its members wrote', () => {
    const { html, text } = renderMail(
      content,
      look({ name: '<b>pay.evil.example', mail_footer: 'Help: https://evil.example\nme@evil.example' }),
    )
    for (const part of [html, text]) expect(part).not.toMatch(/evil\.example|:\/\/evil/)
    expect(html).not.toContain('<b>')
  })
})

it('writes moments in the language of the mail and the order of its reader', () => {
  const at = new Date('2026-01-31T09:30:00Z')
  const words = (tag: string | null) => mailInstant(at, { tag, timeZone: 'Africa/Lagos' })
  expect(words('en-US')).toContain('January 31, 2026')
  expect(words('fr-CA')).toContain('31 janvier 2026')
  expect(words('sv')).toContain('31 January 2026')
  expect(words(null)).toContain('10:30')
})
