import type { Env } from '../../runtime/mod.ts'
import { type ChainReader, createChainReader } from './chain_reader.ts'

/** Reads a chain through the nodes that the settings name; null when they name none. */
export function chainReader(env: Pick<Env, 'ETHEREUM_RPC_URLS'>, chainId: number): ChainReader | null {
  const urls = env.ETHEREUM_RPC_URLS?.get(chainId) ?? []
  return urls.length === 0 ? null : createChainReader(urls)
}
