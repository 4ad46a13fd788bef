import { z } from 'zod'
import { requestProvider } from '../mod.ts'
import { requireSize, scanTimeoutMs } from './limits.ts'
import { multipartFile } from './multipart_file.ts'
import type { ScanResult, VirusScanner } from './port.ts'

/** Where a scanner's API is. */
export interface HttpScannerOptions {
  /** Without a slash at the end. */
  readonly url: string
  /** For a proxy in front: the APIs themselves know no logins. */
  readonly token?: string
  /** Its `MAX_FILE_SIZE`. */
  readonly maxBytes: number
  readonly timeoutMs?: number
}

/** What is different between the APIs. */
interface Dialect<Version extends z.ZodType<string>, Answer extends z.ZodType<Omit<ScanResult, 'engine'>>> {
  readonly provider: string
  readonly versionPath: string
  readonly versionSchema: Version
  readonly scanPath: string
  readonly field: string
  readonly answerStatuses: readonly number[]
  readonly answerSchema: Answer
}

/** Name of every file that is sent: what it is really called is nobody's business. */
const fileName = 'content'

/** `ajilaach/clamav-rest`. */
export const clamavRest = {
  provider: 'clamav-rest',
  versionPath: '/version',
  versionSchema: z
    .object({ Clamav: z.string(), Signature: z.string(), Signature_date: z.string().default('') })
    .transform((given) => `ClamAV ${given.Clamav}/${given.Signature}/${given.Signature_date}`.replace(/\/$/, '')),
  scanPath: '/v2/scan',
  field: 'file',
  // 406 says that something was found.
  answerStatuses: [406],
  answerSchema: z
    .tuple([z.object({ Status: z.enum(['OK', 'FOUND']), Description: z.string() })])
    .transform(([{ Status, Description }]) =>
      Status === 'OK'
        ? { verdict: 'clean' as const, finding: null }
        : { verdict: 'infected' as const, finding: Description || 'unnamed' },
    ),
}

/** `benzino77/clamav-rest-api`. */
export const clamavRestApi = {
  provider: 'clamav-rest-api',
  versionPath: '/api/v1/version',
  versionSchema: z
    .object({ success: z.literal(true), data: z.object({ version: z.string() }) })
    .transform(({ data }) => data.version.trim()),
  scanPath: '/api/v1/scan',
  field: 'FILES',
  answerStatuses: [],
  answerSchema: z
    .object({
      success: z.literal(true),
      data: z.object({ result: z.tuple([z.object({ is_infected: z.boolean(), viruses: z.array(z.string()) })]) }),
    })
    .transform(({ data: { result } }) =>
      result[0].is_infected
        ? { verdict: 'infected' as const, finding: result[0].viruses.join(', ') || 'unnamed' }
        : { verdict: 'clean' as const, finding: null },
    ),
}

/** Talks to ClamAV through an HTTP API, which sends the content on as it comes. */
export function createHttpScanner(
  dialect: Dialect<z.ZodType<string>, z.ZodType<Omit<ScanResult, 'engine'>>>,
  { url, token, maxBytes, timeoutMs = scanTimeoutMs }: HttpScannerOptions,
): VirusScanner {
  const { provider } = dialect
  const authorization: Readonly<Record<string, string>> = token ? { authorization: `Bearer ${token}` } : {}
  const version = async (signal: AbortSignal) => {
    const { body } = await requestProvider({
      provider,
      method: 'GET',
      url: `${url}${dialect.versionPath}`,
      headers: authorization,
      schema: dialect.versionSchema,
      maxAttempts: 1,
      signal,
    })
    return body
  }
  return {
    provider,
    version,
    async scan(content, scan) {
      await requireSize(provider, content, scan, maxBytes)
      const form = multipartFile(dialect.field, fileName, content)
      try {
        const engine = await version(scan.signal)
        const { body } = await requestProvider({
          provider,
          method: 'POST',
          url: `${url}${dialect.scanPath}`,
          headers: { ...authorization, 'content-type': form.contentType },
          body: form.body,
          answerStatuses: dialect.answerStatuses,
          schema: dialect.answerSchema,
          timeoutMs,
          maxAttempts: 1,
          signal: scan.signal,
          explain: ({ status }) =>
            status === 413
              ? { failure: 'refused', vendorCode: 'size_limit' }
              : // Anything else says that it could not look, and never what is in the file.
                { failure: status === 401 || status === 403 ? 'misconfigured' : 'unavailable' },
        })
        return { ...body, engine }
      } catch (error) {
        await form.body.cancel().catch(() => {
          // It ended already, or the request holds it and gave it up itself.
        })
        if (form.unreadable() !== undefined) throw form.unreadable()
        throw error
      }
    },
  }
}
