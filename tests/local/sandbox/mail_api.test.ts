import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../local/logger.ts'
import { createSandbox } from '../../../local/sandbox/mod.ts'
import { startTestSandbox, type TestSandbox } from './sandbox_support.ts'

let sandbox: TestSandbox
beforeAll(async () => {
  sandbox = await startTestSandbox()
})
afterAll(() => sandbox.close())
beforeEach(() => sandbox.client.clear())

describe('a mail that was received', () => {
  it('shows headers, texts, links, codes and files', async () => {
    await sandbox.send({
      to: '"Zoë Ng" <zoe@example.test>',
      cc: 'copy@example.test',
      bcc: 'hidden@example.test',
      replyTo: 'help@atrium.test',
      subject: 'Grüße – your code',
      text: 'Use 482913 or open https://app.test/verify?token=abc&next=%2F.\nSee (https://app.test/help).',
      html: '<p>Use <b>482</b>913 or <a href="https://app.test/verify?token=abc&amp;next=%2F">Confirm <b>now</b></a></p>',
      headers: { 'X-Kind': 'sign-up' },
      attachments: [{ filename: 'Übersicht.csv', content: 'a,b\n1,2\n', contentType: 'text/csv' }],
    })

    const mail = await sandbox.client.waitForMail({ to: 'ZOE@example.test' })

    expect(mail).toMatchObject({
      from: { name: 'Atrium', address: 'hello@atrium.test' },
      to: [{ name: 'Zoë Ng', address: 'zoe@example.test' }],
      cc: [{ address: 'copy@example.test' }],
      replyTo: [{ address: 'help@atrium.test' }],
      recipients: ['zoe@example.test', 'copy@example.test', 'hidden@example.test'],
      envelopeFrom: 'hello@atrium.test',
      subject: 'Grüße – your code',
      codes: ['482913'],
      links: [
        { url: 'https://app.test/verify?token=abc&next=%2F', text: 'Confirm now' },
        { url: 'https://app.test/help', text: '' },
      ],
      attachments: [{ index: 0, filename: 'Übersicht.csv', contentType: 'text/csv', size: 8, isInline: false }],
      attachmentCount: 1,
    })
    expect(mail.headers).toContainEqual({ name: 'X-Kind', value: 'sign-up' })
    expect(mail.html).toContain('<b>482</b>913')
    expect(mail.text).toContain('Use 482913')
  })

  it('finds only six digits that stand alone', async () => {
    await sandbox.send({
      subject: 'Code: 000123',
      text: 'Order 1234567, #aabbcc 654321. 12345.678901 https://a.test/111111',
    })

    expect((await sandbox.client.waitForMail({ to: 'ana@example.test' })).codes).toEqual(['000123', '654321'])
  })

  it('finds code and links in a mail that has HTML alone', async () => {
    await sandbox.send({
      html: `<style>.a{color:#123456}</style><table><tr><td>Code</td><td>135790</td></tr></table>
        <a href="javascript:alert(1)">bad</a><a href="http://app.test/a">one</a><a href="http://app.test/a">again</a>`,
    })

    const mail = await sandbox.client.waitForMail({ to: 'ana@example.test' })

    expect(mail.codes).toEqual(['135790'])
    expect(mail.links).toEqual([{ url: 'http://app.test/a', text: 'one' }])
    expect(mail.preview).toContain('Code 135790')
  })

  it('hands out the message as it came and its files as downloads', async () => {
    const content = '<script>alert(1)</script>'
    await sandbox.send({
      text: 'hi',
      attachments: [{ filename: 'a "b"\u00e9.html', content, contentType: 'text/html' }],
    })
    const { id } = await sandbox.client.waitForMail({ to: 'ana@example.test' })

    const source = await sandbox.get(`/api/mails/${id}/source`)
    expect(source.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(await source.text()).toMatch(/^From: Atrium <hello@atrium\.test>\r\nTo: ana@example\.test\r\n/m)

    const file = await sandbox.get(`/api/mails/${id}/attachments/0`)
    expect(await file.text()).toBe(content)
    expect(file.headers.get('content-disposition')).toBe(
      `attachment; filename="a _b__.html"; filename*=UTF-8''a%20%22b%22%C3%A9.html`,
    )
    expect(file.headers.get('content-security-policy')).toContain('sandbox')
    expect(file.headers.get('x-content-type-options')).toBe('nosniff')
  })
})

describe('the list', () => {
  it('gives all mails newest first, page by page, without gap or repetition', async () => {
    for (let n = 1; n <= 5; n++) await sandbox.send({ subject: `Mail ${n}`, text: 'x' })

    const first = await sandbox.client.listMails({ limit: 2 })
    const second = await sandbox.client.listMails({ limit: 2, cursor: first.next ?? '' })
    const third = await sandbox.client.listMails({ limit: 2, cursor: second.next ?? '' })

    const subjects = [first, second, third].map((page) => page.mails.map((mail) => mail.subject))
    expect(subjects).toEqual([['Mail 5', 'Mail 4'], ['Mail 3', 'Mail 2'], ['Mail 1']])
    expect(third.next).toBeNull()
    expect(first.total).toBe(5)
  })

  it('filters by exact recipient, by part of the subject and by search', async () => {
    await sandbox.send({ to: 'ana@example.test', subject: 'Welcome aboard', text: 'x' })
    await sandbox.send({ to: 'joana@example.test', subject: 'Reset your password', text: 'x' })

    const bySubject = await sandbox.client.listMails({ subject: 'RESET' })
    expect(bySubject.mails.map((mail) => mail.recipients)).toEqual([['joana@example.test']])
    expect((await sandbox.client.listMails({ to: 'ana@example.test' })).total).toBe(1)
    const found: unknown = await (await sandbox.get('/api/mails?search=ANA@')).json()
    expect(found).toMatchObject({ total: 2 })
  })

  it('deletes one mail or all', async () => {
    await sandbox.send({ subject: 'one', text: 'x' })
    await sandbox.send({ subject: 'two', text: 'x' })
    const { id } = await sandbox.client.waitForMail({ to: 'ana@example.test', subject: 'one' })

    expect((await sandbox.get(`/api/mails/${id}`, { method: 'DELETE' })).status).toBe(204)
    expect((await sandbox.client.listMails()).mails.map((mail) => mail.subject)).toEqual(['two'])
    await expect(sandbox.client.getMail(id)).rejects.toMatchObject({ status: 404, code: 'mail_not_found' })

    await sandbox.client.clear()
    expect(await sandbox.client.listMails()).toEqual({ mails: [], next: null, total: 0 })
  })
})

describe('waiting for a mail', () => {
  it('answers as soon as a mail matches, and not for others', async () => {
    const waiting = sandbox.client.waitForMail({ to: 'ana@example.test', subject: 'wanted' })
    await sandbox.send({ to: 'ana@example.test', subject: 'other', text: 'x' })
    await sandbox.send({ to: 'bob@example.test', subject: 'wanted', text: 'x' })
    await sandbox.send({ to: 'ana@example.test', subject: 'The Wanted one', text: 'x' })

    expect(await waiting).toMatchObject({ subject: 'The Wanted one', recipients: ['ana@example.test'] })
  })

  it('answers the newest of the mails that are there already', async () => {
    await sandbox.send({ subject: 'first', text: 'x' })
    await sandbox.send({ subject: 'second', text: 'x' })

    expect(await sandbox.client.waitForMail({ to: 'ana@example.test' })).toMatchObject({ subject: 'second' })
  })

  it('passes over mails that came before the given mail or time', async () => {
    await sandbox.send({ subject: 'old', text: 'x' })
    const old = await sandbox.client.waitForMail({ to: 'ana@example.test' })
    const waiting = sandbox.client.waitForMail({ to: 'ana@example.test', after: old.id })
    const later = new Date(Date.parse(old.receivedAt) + 1)
    const waitingByTime = sandbox.client.waitForMail({ to: 'ana@example.test', after: later })
    await sandbox.send({ subject: 'new', text: 'x' })

    expect(await waiting).toMatchObject({ subject: 'new' })
    expect(await waitingByTime).toMatchObject({ subject: 'new' })
  })

  it('answers 408 with an explanation when nothing comes', async () => {
    const response = await sandbox.get('/api/mails/wait?to=nobody@example.test&timeout=20')

    expect(response.status).toBe(408)
    expect(await response.json()).toEqual({
      code: 'mail_not_received',
      message: 'Cannot show mail: none matched within 20 ms',
      hint: expect.stringContaining('Check address'),
      details: null,
    })
    await expect(sandbox.client.waitForMail({ to: 'nobody@example.test', timeoutMs: 20 })).rejects.toMatchObject({
      code: 'mail_not_received',
      message: 'No mail to nobody@example.test arrived within 20 ms',
    })
  })
})

describe('bad requests', () => {
  it.each([
    ['/api/mails?limit=0', 400, 'invalid_query'],
    ['/api/mails?limit=many', 400, 'invalid_query'],
    ['/api/mails?before=../../etc/passwd', 400, 'invalid_query'],
    ['/api/mails?unknown=1', 400, 'invalid_query'],
    ['/api/mails/wait?after=yesterday', 400, 'invalid_query'],
    ['/api/mails/wait?timeout=999999', 400, 'invalid_query'],
    ['/api/mails/nothing', 404, 'mail_not_found'],
    ['/api/mails/..%2f..%2fetc%2fpasswd/source', 404, 'mail_not_found'],
    ['/api/nowhere', 404, 'route_not_found'],
    ['/../package.json', 404, 'route_not_found'],
  ])('answers %s with %i and %s', async (path, status, code) => {
    const response = await sandbox.get(path)

    expect(response.status).toBe(status)
    const body: unknown = await response.json()
    expect(body).toMatchObject({ code, message: expect.stringMatching(/^Cannot /) })
    expect(Object.keys(body ?? {})).toEqual(['code', 'message', 'hint', 'details'])
  })

  it('answers 404 for a file or preview that a mail does not have', async () => {
    await sandbox.send({ text: 'plain' })
    const { id } = await sandbox.client.waitForMail({ to: 'ana@example.test' })

    expect(await (await sandbox.get(`/api/mails/${id}/html`)).json()).toMatchObject({ code: 'mail_has_no_html' })
    for (const index of ['0', '-1', '1.5', 'x', '__proto__', 'length']) {
      const response = await sandbox.get(`/api/mails/${id}/attachments/${index}`)
      expect(response.status).toBe(404)
    }
  })

  it('says which port is taken instead of starting', async () => {
    const taken = { port: 0, smtpPort: sandbox.smtpPort, scannerPort: 0, dataFolder: null, logger: silentLogger }
    await expect(createSandbox(taken)).rejects.toMatchObject({
      code: 'port_taken',
      message: `Port ${sandbox.smtpPort}, which the sandbox needs, is in use`,
    })
    const httpPort = Number(new URL(sandbox.url).port)
    await expect(createSandbox({ ...taken, port: httpPort, smtpPort: 0 })).rejects.toMatchObject({
      code: 'port_taken',
    })
  })
})

describe('live events', () => {
  it('tells listeners of each new and deleted mail', async () => {
    const controller = new AbortController()
    const response = await sandbox.get('/api/events', { signal: controller.signal })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let received = ''
    const until = async (part: string) => {
      while (!received.includes(part)) received += (await reader?.read())?.value ?? ''
    }
    await until('event: ready')
    await sandbox.send({ subject: 'Line\r\nevent: forged', text: 'x' })
    await until('event: mail\n')
    await sandbox.client.clear()
    await until('event: mails_cleared')
    controller.abort()

    expect(received).not.toMatch(/^event: forged/m)
  })
})
