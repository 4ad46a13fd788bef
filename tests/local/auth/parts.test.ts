import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { authSection } from '../../../local/auth/config.ts'
import { parseDuration } from '../../../local/auth/duration.ts'
import { renderTemplate } from '../../../local/auth/mail/template.ts'
import { compileGlob, createRedirects } from '../../../local/auth/redirects.ts'
import { newEmail, ourConfig, password, startAuthStack } from './auth_stack.ts'

describe('durations', () => {
  it.each([
    ['1s', 1000],
    ['720h', 2_592_000_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['250ms', 250],
    ['0', 0],
    ['-1m', -60_000],
  ])('reads %s', (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds))

  it.each(['', 'soon', '10', '5 s', '1d', 'h'])('refuses "%s"', (text) => expect(parseDuration(text)).toBeNull())
})

describe('the [auth] part of config.toml', () => {
  it('has the defaults of the CLI', () => {
    expect(authSection.parse({})).toMatchObject({
      site_url: 'http://127.0.0.1:3000',
      jwt_expiry: 3600,
      enable_refresh_token_rotation: true,
      refresh_token_reuse_interval: 10,
      enable_signup: true,
      enable_anonymous_sign_ins: false,
      minimum_password_length: 6,
      email: {
        enable_confirmations: false,
        double_confirm_changes: true,
        max_frequency: 1000,
        otp_length: 6,
        otp_expiry: 3600,
      },
      rate_limit: { sign_in_sign_ups: 30, token_refresh: 150 },
      sessions: {},
    })
  })

  it('reads durations and keeps keys it does not know', () => {
    const config = authSection.parse({
      sessions: { timebox: '720h' },
      captcha: { enabled: true },
      web3: { solana: {} },
    })
    expect(config.sessions.timebox).toBe(30 * 86_400_000)
    expect(config).toHaveProperty('captcha.enabled', true)
  })

  it.each([
    { jwt_expiry: 604_801 },
    { sessions: { timebox: 'a month' } },
    { minimum_password_length: 5 },
    { site_url: 'nowhere' },
    { password_requirements: 'emoji' },
  ])('refuses %j', (section) => expect(authSection.safeParse(section).success).toBe(false))
})

describe('redirects', () => {
  const allowed = [
    'https://app.example.com/**',
    'https://*.preview.example.com/*',
    'com.example.app://callback',
    'https://*.net/',
    'com.my_app://in',
  ]
  const redirects = createRedirects(
    authSection.parse({ site_url: 'https://example.com', additional_redirect_urls: allowed }),
  )

  it.each([
    'https://example.com',
    'https://example.com/any/path?query=1#part',
    'https://app.example.com/',
    'https://app.example.com/deep/path.html?x=1',
    'https://one.preview.example.com/page',
    'com.example.app://callback',
    'com.my_app://in',
    'http://127.0.0.1:8080/callback',
  ])('go to %s', (url) => expect(redirects.choose(url)).toBe(url))

  it.each([
    '',
    'http://example.com',
    'https://example.com:8443/',
    'https://evil.com/?https://example.com',
    'https://example.com.evil.com',
    'https://app.example.com.evil.com/',
    'https://a.b.preview.example.com/page',
    'https://one.preview.example.com/page/deeper',
    'https://2130706433.net@2130706433/',
    'https://10.0.0.1/',
    ' https://app.example.com/',
    '\thttps://2130706433/',
    'https:\\\\app.example.com/',
    'javascript:alert(1)',
    '//evil.com',
    'com.example.app://callback/other',
  ])('do not go to %j', (url) => expect(redirects.choose(url)).toBe('https://example.com'))

  it.each([
    ['a?c', 'abc', true],
    ['a?c', 'a.c', false],
    ['{one,two}.example', 'two.example', true],
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['a\\*', 'a*', true],
    ['a+b', 'aab', false],
  ])('glob %s on %s: %s', (glob, text, matches) => expect(compileGlob(glob).test(text)).toBe(matches))
})

describe('mail templates', () => {
  const values = { Token: '123456', Email: 'a@example.com', Data: { name: '<Ada>', team: { name: 'blue' } } }

  it('fill in values and escape them in HTML', () => {
    const template =
      '{{ .Token }} {{.Email}} {{ .Data.name }} {{ .Data.team.name }} {{ .Missing.part }}|{{ .constructor }}'
    expect(renderTemplate(template, values, { escape: true })).toBe('123456 a@example.com &lt;Ada&gt; blue |')
    expect(renderTemplate('{{ .Data.name }}', values, { escape: false })).toBe('<Ada>')
  })

  it('come from the project where config.toml names them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'atrium-templates-'))
    await writeFile(join(folder, 'confirm.html'), '<p>Hello {{ .Data.name }}: {{ .Token }} on {{ .SiteURL }}</p>')
    const template = { confirmation: { subject: 'Welcome, {{ .Data.name }}', content_path: './confirm.html' } }
    const config = { ...ourConfig, email: { ...ourConfig.email, template } }
    try {
      await using stack = await startAuthStack({ config, projectFolder: folder })
      const email = newEmail()
      await stack.client().auth.signUp({ email, password, options: { data: { name: 'Ada & Co' } } })
      const mail = await stack.mails.next(email)
      expect(mail.subject).toBe('Welcome, Ada & Co')
      expect(mail.html).toMatch(/<p>Hello Ada &amp; Co: \d{6} on http:\/\/127\.0\.0\.1:3000<\/p>/)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
