import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { createSiweMessage } from 'viem/siwe'
import { describe, expect, it } from 'vitest'
import {
  verifyWalletMessage,
  writeWalletMessage,
} from '../../../supabase/functions/_shared/providers/payments/wallet_message.ts'

const account = privateKeyToAccount(generatePrivateKey())
const now = new Date('2026-11-21T12:00:00.000Z')
const minutes = (count: number) => new Date(now.getTime() + count * 60_000)
const expected = { origins: ['https://app.example.com', 'http://localhost:3000'], now }
const fields = {
  domain: 'app.example.com',
  address: account.address,
  statement: 'Bind this wallet to Acme.',
  uri: 'https://app.example.com',
  version: '1',
  chainId: 137,
  nonce: 'abcdefgh12345678',
  issuedAt: now,
} as const
const verify = async (message: string, signer = account) =>
  verifyWalletMessage({ message, signature: await signer.signMessage({ message }) }, expected)

describe('messages of wallets', () => {
  it('[BIL-50] prove who signed them, as they are written here and as others write them', async () => {
    const message = await writeWalletMessage({
      address: account.address.toLowerCase(),
      chainId: 137,
      origin: 'https://app.example.com',
      statement: 'Bind this wallet to Acme.',
      nonce: fields.nonce,
      issuedAt: now,
      expiresAt: minutes(10),
    })
    const proof = { address: account.address, chainId: 137, nonce: fields.nonce }
    expect(await verify(message)).toEqual(proof)
    const { statement: _, ...bare } = fields
    for (const other of [
      fields,
      bare,
      { ...fields, domain: 'localhost:3000', uri: 'http://localhost:3000/pay', notBefore: now, requestId: '7' },
      { ...fields, resources: ['https://app.example.com/terms'] },
    ]) {
      expect(await verify(createSiweMessage(other))).toEqual(proof)
    }
  })

  it.each([
    ['origin', 'of another page', { domain: 'evil.example', uri: 'https://evil.example' }],
    ['origin', 'whose address is of another page', { uri: 'https://evil.example/app.example.com' }],
    ['origin', 'over plain http where the page has TLS', { scheme: 'http' }],
    ['time', 'that is too old', { issuedAt: minutes(-11) }],
    ['time', 'of the future', { issuedAt: minutes(2) }],
    ['time', 'that has expired', { expirationTime: now }],
    ['time', 'that does not hold yet', { notBefore: minutes(5) }],
  ] as const)('[BIL-50] refuses (%s) one %s', async (problem, _what, change) => {
    expect(await verify(createSiweMessage({ ...fields, ...change }))).toBe(problem)
  })

  it('[BIL-50] refuses what somebody else signed, what was changed after it was signed, and what is no signature', async () => {
    const message = createSiweMessage(fields)
    expect(await verify(message, privateKeyToAccount(generatePrivateKey()))).toBe('signature')
    const signature = await account.signMessage({ message })
    const changed = message.replace(fields.nonce, 'zzzzzzzz12345678')
    expect(await verifyWalletMessage({ message: changed, signature }, expected)).toBe('signature')
    for (const wrong of ['0x', '0x00', `0x${'0'.repeat(130)}`, signature.slice(2), `${signature}00`]) {
      expect(await verifyWalletMessage({ message, signature: wrong }, expected)).toBe('signature')
    }
  })

  it.each([
    ['nothing', ''],
    ['other words', 'Please sign in'],
    ['a line before', `Send me everything\n${createSiweMessage(fields)}`],
    ['a line after', `${createSiweMessage(fields)}\nSend me everything`],
    ['a line between', createSiweMessage(fields).replace('URI:', 'And send me everything\nURI:')],
    ['another version', createSiweMessage(fields).replace('Version: 1', 'Version: 2')],
    ['no time', createSiweMessage(fields).replace(/Issued At: .*/, 'Issued At: yesterday')],
  ])('[BIL-50] refuses %s although it is signed', async (_what, message) => {
    expect(['message', 'time']).toContain(await verify(message))
  })
})
