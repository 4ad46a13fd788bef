import { once } from 'node:events'
import { createConnection } from 'node:net'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { maxMessageBytes } from '../../../local/sandbox/mail/smtp_receiver.ts'
import { startTestSandbox, type TestSandbox } from './sandbox_support.ts'

let sandbox: TestSandbox
beforeAll(async () => {
  sandbox = await startTestSandbox()
})
afterAll(() => sandbox.close())
beforeEach(() => sandbox.client.clear())

it('takes any user name and password, and none', async () => {
  const auth = { user: 'whoever', pass: 'whatever' }
  const transport = createTransport({ host: '127.0.0.1', port: sandbox.smtpPort, auth })
  await transport.sendMail({ from: 'a@example.test', to: 'ana@example.test', subject: 'signed in', text: 'x' })
  await sandbox.send({ subject: 'anonymous', text: 'x' })

  expect((await sandbox.client.listMails()).mails.map((mail) => mail.subject)).toEqual(['anonymous', 'signed in'])
})

it('takes one mail for many recipients', async () => {
  const to = Array.from({ length: 500 }, (_, n) => `person${n}@example.test`)
  await sandbox.send({ to, text: 'x' })

  const mail = await sandbox.client.waitForMail({ to: 'person499@example.test' })
  expect(mail.recipients).toEqual(to)
})

it('takes addresses, subjects and texts in any script', async () => {
  await sandbox.send({ to: 'жанна@пример.test', subject: '請求書 №7 🏡', text: 'Добро пожаловать, أهلا' })

  const { mails } = await sandbox.client.listMails()
  expect(mails[0]).toMatchObject({ subject: '請求書 №7 🏡', preview: 'Добро пожаловать, أهلا' })
  expect(mails[0]?.to[0]?.address).toMatch(/^жанна@/)
})

it('refuses a message above the limit with 552 and goes on', async () => {
  const text = 'x'.repeat(maxMessageBytes + 1)

  await expect(sandbox.send({ text })).rejects.toMatchObject({ responseCode: 552 })
  expect((await sandbox.client.listMails()).total).toBe(0)
  await sandbox.send({ subject: 'small', text: 'x' })
  expect((await sandbox.client.listMails()).total).toBe(1)
})

it('refuses it also when the client does not announce its size', async () => {
  const dialog = await openDialog()
  await dialog.ask('EHLO test', '250 ')
  await dialog.ask('MAIL FROM:<a@example.test>', '250 ')
  await dialog.ask('RCPT TO:<b@example.test>', '250 ')
  await dialog.ask('DATA', '354 ')
  const line = `${'x'.repeat(998)}\r\n`
  const answer = await dialog.ask(`${line.repeat(Math.ceil(maxMessageBytes / 1000) + 1)}.`, '552 ')
  dialog.end()

  expect(answer).toContain('5.3.4 Message is larger than 25 MB')
  expect((await sandbox.client.listMails()).total).toBe(0)
})

it('keeps what is no proper mail, so that one can look at it', async () => {
  const dialog = await openDialog()
  await dialog.ask('EHLO test', '250 ')
  await dialog.ask('MAIL FROM:<>', '250 ')
  await dialog.ask('RCPT TO:<b@example.test>', '250 ')
  await dialog.ask('DATA', '354 ')
  await dialog.ask('Content-Type: multipart/mixed; boundary=\r\n\r\n\0\xff no parts\r\n.', '250 ')
  dialog.end()

  const mail = await sandbox.client.waitForMail({ to: 'b@example.test' })
  expect(mail).toMatchObject({ subject: '', envelopeFrom: '', from: { name: '', address: '' } })
  expect(await (await sandbox.get(`/api/mails/${mail.id}/source`)).text()).toContain('no parts')
})

it('forgets a message whose sender goes away in the middle', async () => {
  const dialog = await openDialog()
  await dialog.ask('EHLO test', '250 ')
  await dialog.ask('MAIL FROM:<a@example.test>', '250 ')
  await dialog.ask('RCPT TO:<b@example.test>', '250 ')
  await dialog.ask('DATA', '354 ')
  await dialog.breakOff('Subject: half\r\n\r\nhalf a mes')
  await sandbox.send({ subject: 'whole', text: 'x' })

  expect((await sandbox.client.listMails()).mails.map((mail) => mail.subject)).toEqual(['whole'])
})

/** SMTP by hand, for what a proper client does not do. */
async function openDialog() {
  const socket = createConnection(sandbox.smtpPort, '127.0.0.1').setEncoding('latin1')
  let received = ''
  socket.on('data', (part) => {
    received += part
  })
  socket.on('error', () => {})
  const answer = async (code: string) => {
    while (!received.split('\r\n').some((line) => /^\d{3} /.test(line))) await once(socket, 'data')
    const text = received
    received = ''
    expect(text.split('\r\n').at(-2)).toContain(code)
    return text
  }
  await answer('220 ')
  return {
    ask: async (line: string, code: string) => {
      socket.write(`${line}\r\n`, 'latin1')
      return answer(code)
    },
    breakOff: async (text: string) => {
      await new Promise((resolve) => socket.write(text, resolve))
      socket.destroy()
      await once(socket, 'close')
    },
    end: () => socket.destroy(),
  }
}
