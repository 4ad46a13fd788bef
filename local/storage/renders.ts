import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { z } from 'zod'
import { codeOf, noSuchKey, StorageError } from './errors.ts'
import type { FileStore } from './file_store.ts'

const smallest = 1
const largest = 2500
const largestSourcePixels = 50_000_000
const timeoutSeconds = 15
const defaultQuality = 80
const rendersPerVersion = 50
const rendersAtOnce = 2

const pixels = z.coerce.number().int().min(0)

/** Image parameters of a query or of a signed URL. */
export const transformSchema = z.object({
  width: pixels.optional(),
  height: pixels.optional(),
  resize: z.enum(['cover', 'contain', 'fill']).optional(),
  quality: z.coerce.number().int().min(20).max(100).optional(),
  format: z.enum(['origin', 'avif', 'webp']).optional(),
})

/** What is to be made of an image. */
export type TransformOptions = z.infer<typeof transformSchema>

/** The parameters in the protocol's text form. */
export function transformationsOf(options: TransformOptions): string {
  const parts: string[] = []
  if (options.height) parts.push(`height:${clamp(options.height)}`)
  if (options.width) parts.push(`width:${clamp(options.width)}`)
  if (options.width || options.height) parts.push(`resize:${options.resize ?? 'cover'}`)
  if (options.quality) parts.push(`quality:${options.quality}`)
  if (options.format && options.format !== 'origin') parts.push(`format:${options.format}`)
  return parts.join(',')
}

/** An image that was made. */
export interface Render {
  readonly file: FileHandle
  readonly mediaType: string
  /** Names the parameters, short. */
  readonly key: string
}

/** Makes images of stored ones and keeps them as long as their source's version. */
export interface Renders {
  /** @throws {StorageError} `InvalidRequest` when the source is no image or too large, `NoSuchKey` when it is gone */
  open(source: { version: string; mediaType: string }, options: TransformOptions, accept: string): Promise<Render>
  remove(versions: readonly string[]): Promise<void>
}

type OutputFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'avif'

/** Opens the store of made images in a folder. */
export async function openRenders(folder: string, files: FileStore): Promise<Renders> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // Sources are read once each; libvips need not keep them.
  sharp.cache(false)
  const underway = new Map<string, Promise<void>>()
  const limit = createLimit(rendersAtOnce)

  const make = async (source: string, target: string, options: TransformOptions, format: OutputFormat) => {
    const temporary = `${target}.${randomUUID()}`
    try {
      await limit(() => draw(source, temporary, options, format))
      await rename(temporary, target)
    } finally {
      await rm(temporary, { force: true })
    }
  }

  return {
    async open({ version, mediaType }, options, accept) {
      if (!/^image\//i.test(mediaType)) throw notAnImage()
      const format = outputFormat(mediaType, options, accept)
      const key = createHash('sha256')
        .update(`${transformationsOf(options)} ${format}`)
        .digest('hex')
        .slice(0, 16)
      const source = files.pathOf(version)
      const target = join(folder, version, key)
      const cached = await openIfThere(target)
      if (cached) return { file: cached, mediaType: `image/${format}`, key }
      await mkdir(join(folder, version), { recursive: true, mode: 0o700 })
      let making = underway.get(target)
      if (!making) {
        making = makeRoom(join(folder, version))
          .then(() => make(source, target, options, format))
          .finally(() => underway.delete(target))
        underway.set(target, making)
      }
      await making
      const file = await openIfThere(target)
      if (!file) throw noSuchKey()
      return { file, mediaType: `image/${format}`, key }
    },
    async remove(versions) {
      for (const version of versions) {
        if (/^[0-9a-f-]{36}$/.test(version)) await rm(join(folder, version), { recursive: true, force: true })
      }
    },
  }
}

const notAnImage = (cause?: unknown) =>
  new StorageError(422, 'InvalidRequest', 'The source is not an image that can be transformed', { cause })

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r')
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null
    throw cause
  }
}

/** Anybody may ask for any size of a public image; the disk must not fill with them. */
async function makeRoom(folder: string): Promise<void> {
  const names = await readdir(folder)
  if (names.length >= rendersPerVersion) {
    for (const name of names.slice(0, names.length - rendersPerVersion + 1))
      await rm(join(folder, name), { force: true })
  }
}

function outputFormat(mediaType: string, options: TransformOptions, accept: string): OutputFormat {
  if (options.format === 'avif' || options.format === 'webp') return options.format
  if (options.format !== 'origin' && /image\/webp/i.test(accept)) return 'webp'
  const subtype = /^image\/([a-z]+)/i.exec(mediaType)?.[1]?.toLowerCase()
  if (subtype === 'png' || subtype === 'webp' || subtype === 'gif' || subtype === 'avif') return subtype
  return subtype === 'svg' ? 'png' : 'jpeg'
}

async function draw(source: string, target: string, options: TransformOptions, format: OutputFormat): Promise<void> {
  const width = options.width ? clamp(options.width) : undefined
  const height = options.height ? clamp(options.height) : undefined
  const image = sharp(source, { limitInputPixels: largestSourcePixels, failOn: 'error' })
    .timeout({ seconds: timeoutSeconds })
    .autoOrient()
  if (width !== undefined || height !== undefined) {
    image.resize({
      ...(width === undefined ? {} : { width }),
      ...(height === undefined ? {} : { height }),
      fit: fitOf(options, width !== undefined && height !== undefined),
      withoutEnlargement: true,
    })
  }
  image.toFormat(format, format === 'gif' ? {} : { quality: options.quality ?? defaultQuality })
  try {
    await image.toFile(target)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : ''
    if (/missing/i.test(reason)) throw noSuchKey()
    if (/No space left|ENOSPC/i.test(reason)) throw Object.assign(new Error(reason), { code: 'ENOSPC' })
    throw notAnImage(cause)
  }
}

/** With one side given there is nothing to crop or to stretch. */
function fitOf(options: TransformOptions, hasBothSides: boolean): 'cover' | 'inside' | 'fill' {
  if (!hasBothSides || options.resize === 'contain') return 'inside'
  return options.resize === 'fill' ? 'fill' : 'cover'
}

function clamp(value: number): number {
  return Math.min(Math.max(value, smallest), largest)
}

/** Lets so many run at once; the others wait their turn. */
function createLimit(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= count) await new Promise<void>((resolve) => waiting.push(resolve))
    running += 1
    try {
      return await work()
    } finally {
      running -= 1
      waiting.shift()?.()
    }
  }
}
