import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseMail } from '../../../local/sandbox/mail/parse_mail.ts'
import { previewDocument } from '../../../local/sandbox/mail/preview_document.ts'
import { startTestSandbox, type TestSandbox } from './sandbox_support.ts'

let sandbox: TestSandbox
beforeAll(async () => {
  sandbox = await startTestSandbox()
})
afterAll(() => sandbox.close())

async function preview(html: string): Promise<string> {
  const raw = Buffer.from(`Subject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n${html}`)
  return previewDocument(await parseMail(raw)) ?? ''
}

it.each([
  ['script', '<script>alert(1)</script>'],
  ['event handler', '<img src=x onerror=alert(1)>'],
  ['broken event handler', '<img src="x"onerror="alert(1)"//'],
  ['script address', '<a href="java&#10;script:alert(1)">x</a>'],
  ['vector script', '<svg><script>alert(1)</script><animate onbegin=alert(1)></svg>'],
  ['script in a style', '<style></style><script>alert(1)</script></style>'],
])('takes out: %s', async (_name, html) => {
  const document = await preview(html)
  expect(document).not.toMatch(/<script|<svg|<math|<img[^>]*\sonerror|javascript:/i)
})

it.each(['iframe', 'object', 'embed', 'form', 'input', 'base', 'meta', 'link', 'frame', 'audio'])(
  'takes out <%s>',
  async (tag) => {
    const document = await preview(`<p>before</p><${tag} src="http://x.test/" href="http://x.test/">in</${tag}>`)
    expect(document.replace(/^<!doctype html>(<meta[^>]*>){2}/, '')).not.toContain(`<${tag}`)
    expect(document).toContain('before')
  },
)

it('leaves out the title of the document, as mail programs do', async () => {
  const document = await preview('<html><head><title>Twice</title></head><body><p>once</p></body></html>')
  expect(document).toContain('once')
  expect(document).not.toContain('Twice')
})

it('opens every link in a new tab that knows nothing of the page', async () => {
  const document = await preview('<a href="https://app.test/a?b=1&amp;c=2" target="_top" onclick="x()">Go</a>')

  expect(document).toContain(
    '<a href="https://app.test/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer">Go</a>',
  )
})

it('keeps the looks of a mail: tables, styles and classes', async () => {
  const html =
    '<style>.x{color:red}</style><table width="600" bgcolor="#eee"><td class="x" style="padding:1px">a</td></table>'
  const document = await preview(html)

  expect(document).toContain('<style>.x{color:red}</style>')
  expect(document).toContain('<table width="600" bgcolor="#eee">')
  expect(document).toContain('style="padding:1px"')
})

it('embeds the pictures that the mail itself carries', async () => {
  const pixel = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  )
  await sandbox.send({
    html: '<img src="cid:logo@atrium" alt="Logo"><img src="cid:missing" alt="none">',
    attachments: [{ filename: 'logo.png', content: pixel, cid: 'logo@atrium' }],
  })
  const mail = await sandbox.client.waitForMail({ to: 'ana@example.test' })
  const document = await (await sandbox.get(`/api/mails/${mail.id}/html`)).text()

  expect(document).toContain(`alt="Logo" src="data:image/png;base64,${pixel.toString('base64')}"`)
  expect(mail).toMatchObject({ attachmentCount: 0, attachments: [{ isInline: true }] })
})

it('leaves remote pictures to their alternative text', async () => {
  const document = await preview('<img src="https://track.test/p.gif" alt="Chart"><img src="//track.test/p.gif">')

  expect(document).toContain('<img alt="Chart" />')
  expect(document).not.toContain('track.test')
})

it('serves page and preview with policies that block scripts and remote loads', async () => {
  await sandbox.send({ html: '<p>Hello</p>' })
  const { id } = await sandbox.client.waitForMail({ to: 'ana@example.test' })
  const policyOf = async (path: string) => {
    const header = (await sandbox.get(path)).headers.get('content-security-policy') ?? ''
    return new Map(header.split('; ').map((part) => [part.split(' ')[0], part.split(' ').slice(1).join(' ')]))
  }

  const ofPreview = await policyOf(`/api/mails/${id}/html`)
  expect(ofPreview.get('default-src')).toBe("'none'")
  expect(ofPreview.has('script-src')).toBe(false)
  expect(ofPreview.get('img-src')).toBe('data:')
  expect(ofPreview.get('sandbox')).toBe('allow-popups allow-popups-to-escape-sandbox')
  const ofPage = await policyOf('/')
  expect(ofPage.get('default-src')).toBe("'none'")
  expect(ofPage.get('script-src')).toBe("'self'")
})
