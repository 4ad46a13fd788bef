import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createTransport } from 'nodemailer'
import { expect, it, vi } from 'vitest'
import { silentLogger } from '../../../local/logger.ts'
import { createLiveEvents } from '../../../local/sandbox/live_events.ts'
import { openMailStore } from '../../../local/sandbox/mail/mail_store.ts'
import { startTestSandbox, temporaryFolder } from './sandbox_support.ts'

const envelope = { from: 'a@example.test', recipients: ['b@example.test'] }
const message = (subject: string) => Buffer.from(`Subject: ${subject}\r\n\r\n${subject}`)
const openStore = (folder: string | null, limits = { count: 100, bytes: 1_000_000 }) =>
  openMailStore({ folder, events: createLiveEvents(), logger: silentLogger, limits })

it('shows after a restart what it showed before', async () => {
  await using folder = await temporaryFolder()
  const before = await startTestSandbox(folder.path)
  await before.send({ subject: 'Grüße', text: 'one', attachments: [{ filename: 'a.txt', content: 'file' }] })
  await before.send({ subject: 'two', text: 'two' })
  const mails = await before.client.listMails()
  const detail = await before.client.getMail(mails.mails[1]?.id ?? '')
  await before.close()

  const after = await startTestSandbox(folder.path)
  expect(await after.client.listMails()).toEqual(mails)
  expect(await after.client.getMail(detail.id)).toEqual(detail)
  await after.send({ subject: 'three', text: 'three' })
  expect((await after.client.listMails()).mails.map((mail) => mail.subject)).toEqual(['three', 'two', 'Grüße'])
  await after.close()
})

it('loses no confirmed mail when it is killed', async () => {
  await using folder = await temporaryFolder()
  const program = join(import.meta.dirname, 'sandbox_process.ts')
  const child = spawn(process.execPath, [program, folder.path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = await once(createInterface(child.stdout), 'line').then(([line]) => Number(line))
  const transport = createTransport({ host: '127.0.0.1', port })
  for (let n = 0; n < 5; n++) {
    await transport.sendMail({ from: 'a@example.test', to: 'b@example.test', subject: `Mail ${n}`, text: 'x' })
  }
  child.kill('SIGKILL')
  await once(child, 'exit')

  const sandbox = await startTestSandbox(folder.path)
  const { mails } = await sandbox.client.listMails()
  expect(mails.map((mail) => mail.subject)).toEqual(['Mail 4', 'Mail 3', 'Mail 2', 'Mail 1', 'Mail 0'])
  await sandbox.close()
})

it('leaves out what a crash or somebody else left in the folder', async () => {
  await using folder = await temporaryFolder()
  const store = await openStore(folder.path)
  const { id } = await store.add(message('good'), envelope)
  const whole = await readFile(join(folder.path, `${id}.mail`))
  await writeFile(join(folder.path, '0000000000001.mail.part'), whole.subarray(0, 20))
  await writeFile(join(folder.path, '0000000000002.mail'), 'no record\n')
  await writeFile(join(folder.path, '0000000000003.mail'), '')
  await writeFile(join(folder.path, '0000000000004.mail'), whole)
  await writeFile(join(folder.path, 'notes.txt'), 'mine')

  const reopened = await openStore(folder.path)
  expect(reopened.list({}, { limit: 10 }).mails.map((mail) => mail.id)).toEqual([id])
  expect(await readdir(folder.path)).not.toContain('0000000000001.mail.part')
  expect(await readdir(folder.path)).toContain('notes.txt')
})

it.each(['memory', 'folder'])('drops the oldest mails when there are too many (%s)', async (kind) => {
  await using folder = await temporaryFolder()
  const store = await openStore(kind === 'folder' ? folder.path : null, { count: 3, bytes: 1_000_000 })
  const ids: string[] = []
  for (let n = 0; n < 5; n++) ids.push((await store.add(message(`Mail ${n}`), envelope)).id)

  expect(store.list({}, { limit: 10 })).toMatchObject({
    total: 3,
    mails: [{ id: ids[4] }, { id: ids[3] }, { id: ids[2] }],
  })
  expect(await store.get(ids[0] ?? '')).toBeNull()
  if (kind === 'folder') expect((await readdir(folder.path)).length).toBe(3)
})

it('drops the oldest mails when they are too large together, but never the newest', async () => {
  const store = await openStore(null, { count: 100, bytes: 100 })
  await store.add(message('a'.repeat(20)), envelope)
  await store.add(message('b'.repeat(20)), envelope)
  const last = await store.add(message('c'.repeat(200)), envelope)

  expect(store.list({}, { limit: 10 }).mails.map((mail) => mail.id)).toEqual([last.id])
})

it('gives ids in the order of arrival, however fast mails arrive', async () => {
  await using folder = await temporaryFolder()
  const store = await openStore(folder.path)
  const added = await Promise.all(Array.from({ length: 50 }, (_, n) => store.add(message(`Mail ${n}`), envelope)))
  const ids = added.map((mail) => mail.id)

  expect(ids).toEqual([...new Set(ids)].sort())
  expect(store.list({}, { limit: 100 }).mails.map((mail) => mail.id)).toEqual([...ids].reverse())
})

it('says what to do when the folder cannot be used', async () => {
  await using folder = await temporaryFolder()
  await writeFile(join(folder.path, 'mails'), 'a file where the folder should be')

  await expect(startTestSandbox(folder.path)).rejects.toMatchObject({
    code: 'sandbox_folder_unusable',
    hint: expect.stringContaining('--data-dir'),
  })
})

it('refuses a mail with 452 when the disk is full, and shows nothing of it', async () => {
  await using folder = await temporaryFolder()
  const sandbox = await startTestSandbox(folder.path)
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  const handle = await open(join(folder.path, 'probe'), 'w')
  const writing = vi.spyOn(Object.getPrototypeOf(handle), 'writev').mockRejectedValueOnce(full)
  await handle.close()

  await expect(sandbox.send({ text: 'x' })).rejects.toMatchObject({ responseCode: 452 })
  expect(writing).toHaveBeenCalledOnce()
  writing.mockRestore()
  expect((await sandbox.client.listMails()).total).toBe(0)
  expect(await readdir(join(folder.path, 'mails'))).toEqual([])
  await sandbox.send({ subject: 'space again', text: 'x' })
  expect((await sandbox.client.listMails()).total).toBe(1)
  await sandbox.close()
})
