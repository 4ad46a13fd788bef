import type { Env } from '../../runtime/mod.ts'
import { createClamdScanner } from './clamd.ts'
import { clamavRest, clamavRestApi, createHttpScanner } from './http.ts'
import type { VirusScanner } from './port.ts'

export type { ScanOptions, ScanResult, VirusScanner } from './port.ts'

/** The scanner that the settings name; null when they name none, and then no file becomes clean. */
export function virusScanner(env: Env): VirusScanner | null {
  if (!env.VIRUS_SCANNER || !env.VIRUS_SCANNER_URL) return null
  const maxBytes = env.VIRUS_SCANNER_MAX_BYTES
  if (env.VIRUS_SCANNER === 'clamd') {
    const { hostname, port } = new URL(env.VIRUS_SCANNER_URL)
    return createClamdScanner({ host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || 3310), maxBytes })
  }
  return createHttpScanner(env.VIRUS_SCANNER === 'clamav-rest' ? clamavRest : clamavRestApi, {
    url: env.VIRUS_SCANNER_URL.replace(/\/+$/, ''),
    maxBytes,
    ...(env.VIRUS_SCANNER_TOKEN ? { token: env.VIRUS_SCANNER_TOKEN } : {}),
  })
}
