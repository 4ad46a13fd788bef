/** What a wallet's message has to say. */
export interface ExpectedMessage {
  /** Origins of pages that may ask a wallet to sign, such as `https://app.example.com`. */
  readonly origins: readonly string[]
  readonly now: Date
}

/** What a message proves. */
export interface WalletProof {
  /** As EIP-55 writes it. */
  readonly address: string
  readonly chainId: number
  readonly nonce: string
}

/** Why a message proves nothing. */
export type WalletProblem = 'message' | 'origin' | 'time' | 'signature'

/** What a page is to have signed. */
export interface NewWalletMessage {
  readonly address: string
  readonly chainId: number
  readonly origin: string
  readonly statement: string
  readonly nonce: string
  readonly issuedAt: Date
  readonly expiresAt: Date
}

/** A message is good for as long as its nonce. */
const longestLifeMs = 10 * 60_000
/** Clocks of people's machines are not ours. */
const clockSkewMs = 60_000

/** The standard from its first to its last letter: the parser passes over lines that it does not know. */
const wholeMessage = new RegExp(
  [
    /^[^\n]+ wants you to sign in with your Ethereum account:\n0x[a-fA-F0-9]{40}\n\n(?:[^\n]+\n\n|\n)?/,
    /URI: [^\n]+\nVersion: 1\nChain ID: \d+\nNonce: [a-zA-Z0-9]+\nIssued At: [^\n]+/,
    /(?:\nExpiration Time: [^\n]+)?(?:\nNot Before: [^\n]+)?(?:\nRequest ID: [^\n]*)?(?:\nResources:(?:\n- [^\n]+)*)?$/,
  ]
    .map(({ source }) => source)
    .join(''),
)

/**
 * Checks a message of Sign-in with Ethereum (ERC-4361) and its signature (EIP-191). Whether the nonce is one of ours is asked
 * where nonces are kept.
 *
 * Wallets that are contracts (ERC-1271) are not known here: they have no key that could sign.
 *
 * @returns what it proves, or why it does not
 */
export async function verifyWalletMessage(
  given: { readonly message: string; readonly signature: string },
  expected: ExpectedMessage,
): Promise<WalletProof | WalletProblem> {
  if (!wholeMessage.test(given.message)) return 'message'
  const { parseSiweMessage } = await import('viem/siwe')
  const { address, chainId, domain, expirationTime, issuedAt, nonce, notBefore, scheme, uri, version } =
    parseSiweMessage(given.message)
  if (!address || !chainId || !domain || !issuedAt || !nonce || !uri || version !== '1') return 'message'
  const origin = expected.origins.find((candidate) => new URL(candidate).host === domain)
  if (origin === undefined || !URL.canParse(uri) || new URL(uri).origin !== origin) return 'origin'
  if (scheme !== undefined && `${scheme}:` !== new URL(origin).protocol) return 'origin'

  const now = expected.now.getTime()
  const age = now - issuedAt.getTime()
  if (!(age >= -clockSkewMs && age <= longestLifeMs)) return 'time'
  if (expirationTime && !(expirationTime.getTime() > now)) return 'time'
  if (notBefore && !(notBefore.getTime() <= now + clockSkewMs)) return 'time'
  const { verifyMessage } = await import('viem')
  const isHex = /^0x([0-9a-fA-F]{2}){65}$/.test(given.signature)
  const signature: `0x${string}` = `0x${given.signature.slice(2)}`
  const isSigned = isHex && (await verifyMessage({ address, message: given.message, signature }).catch(() => false))
  return isSigned ? { address, chainId, nonce } : 'signature'
}

/** Writes the message that a wallet is to sign. @throws {Error} for an address that is none */
export async function writeWalletMessage(wanted: NewWalletMessage): Promise<string> {
  const { getAddress } = await import('viem')
  const { createSiweMessage } = await import('viem/siwe')
  return createSiweMessage({
    domain: new URL(wanted.origin).host,
    address: getAddress(wanted.address),
    statement: wanted.statement,
    uri: wanted.origin,
    version: '1',
    chainId: wanted.chainId,
    nonce: wanted.nonce,
    issuedAt: wanted.issuedAt,
    expirationTime: wanted.expiresAt,
  })
}
