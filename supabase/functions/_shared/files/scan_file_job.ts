import { z } from 'zod'
import { callRpc, defineJob, type JobDeps, JobError, type JobHandler } from '../platform/mod.ts'
import { type VirusScanner, virusScanner } from '../providers/virus-scanner/mod.ts'
import { readEnv } from '../runtime/mod.ts'
import { askScanner } from './ask_scanner.ts'
import { wrongExtension } from './content_types.ts'
import { detectType } from './detect_type.ts'
import { inspecting } from './inspect_content.ts'
import { describeVersion, type ScannedVersion, versionSchema } from './scanned_version.ts'
import { type FileStorage, supabaseFileStorage } from './storage.ts'
import type { ReadRange } from './zip_directory.ts'

/** What the handler needs beside the queue's own. */
export interface ScanFileDeps {
  readonly storage: FileStorage
  /** Null where none is set up: then files wait. */
  readonly scanner: VirusScanner | null
}

/**
 * Makes the handler that decides about an uploaded version: clean when the scanner says so and the content is what name and
 * announcement say, else infected with a finding. Everything else that happens leaves it in quarantine: a scanner that is
 * away is asked again for a day without using up an attempt.
 */
export function scanFileJobWith(makeDeps: () => ScanFileDeps): JobHandler {
  return defineJob('file.scan', versionSchema.strict(), async (deps, payload) => {
    const { storage, scanner } = makeDeps()
    const subject = await describeVersion(deps.db, payload)
    if (subject?.state !== 'quarantined') return { result: { state: subject?.state ?? null } }
    const { bucket_id, object_path } = subject
    const stored = await storage.stat(bucket_id, object_path)
    if (!stored) throw new JobError('The object is not in Storage', { isPermanent: true })
    const opened = await storage.open(bucket_id, object_path, { signal: deps.signal })
    const inspected = inspecting(opened)
    const verdict = await askScanner(scanner, inspected.content, { sizeBytes: stored.sizeBytes, signal: deps.signal })
    const inspection = inspected.result()
    // What the scanner did not read to its end it may find infected, never clean.
    if (verdict.finding === null && inspection.sizeBytes !== stored.sizeBytes)
      throw new Error('The content ended early')
    const read = rangesOf(storage, subject, deps)
    const detected = await detectType(read, { ...stored, ...inspection, announced: subject.media_type })
    const finding = verdict.finding ?? detected.problem ?? mismatch(subject, stored.mediaType, detected.mediaType)
    const isWhole = inspection.sizeBytes === stored.sizeBytes
    const finished = finishedSchema.parse(
      await callRpc(deps.db, 'finish_scan', {
        ...payload,
        outcome: finding === null ? 'clean' : 'infected',
        media_type: detected.mediaType,
        size_bytes: stored.sizeBytes,
        checksum: isWhole ? inspection.checksum : null,
        engine: verdict.engine,
        finding,
      }),
    )
    return { result: { state: finished?.state ?? null, finding: finished?.finding ?? null } }
  })
}

const finishedSchema = z.object({ state: z.string(), finding: z.string().nullable() }).nullable()

/** Scans uploads with Storage and the scanner of the settings. */
export const scanFileJob = scanFileJobWith(() => {
  const env = readEnv()
  return { storage: supabaseFileStorage(env), scanner: virusScanner(env) }
})

function rangesOf(storage: FileStorage, { bucket_id, object_path }: ScannedVersion, { signal }: JobDeps): ReadRange {
  return async (start, end) => {
    if (end <= start) return new Uint8Array()
    const part = await storage.open(bucket_id, object_path, { start, end: end - 1, signal })
    return new Uint8Array(await new Response(part).arrayBuffer())
  }
}

/** What clients upload as when they do not say. */
const harmlessTypes = ['application/octet-stream', 'text/plain']

/** A name or an announcement that says something else than the content is. */
function mismatch({ name, media_type }: ScannedVersion, served: string, mediaType: string): string | null {
  if (media_type !== mediaType) return `type_mismatch: announced as ${media_type}, the content is ${mediaType}`
  // Storage serves it under the type of the upload, and browsers run what is served as HTML.
  const [servedAs = ''] = served.toLowerCase().split(';')
  if (![mediaType, ...harmlessTypes].includes(servedAs.trim())) {
    return `type_mismatch: uploaded as ${servedAs.trim()}, the content is ${mediaType}`
  }
  const extension = wrongExtension(name, mediaType)
  return extension && `type_mismatch: the name ends with ".${extension}", the content is ${mediaType}`
}
