import { strToU8, zipSync } from 'fflate'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { wrongExtension } from '../../../supabase/functions/_shared/files/content_types.ts'
import { detectType } from '../../../supabase/functions/_shared/files/detect_type.ts'
import { readImageHeader } from '../../../supabase/functions/_shared/files/image_header.ts'
import { inspecting } from '../../../supabase/functions/_shared/files/inspect_content.ts'
import { inPieces } from '../../support/contents.ts'
import { officeFile } from '../../support/office_file.ts'

const office = 'application/vnd.openxmlformats-officedocument'

async function inspect(content: Uint8Array) {
  const inspected = inspecting(inPieces(content, 7))
  await inspected.content.pipeTo(new WritableStream())
  return inspected.result()
}

/** What content is found to be; of text what it was announced as. */
async function detect(content: Uint8Array, announced = 'application/octet-stream') {
  let readBytes = 0
  const { isText } = await inspect(content.subarray(0, 10_000))
  const detected = await detectType(
    async (start, end) => {
      readBytes += end - start
      return content.slice(start, end)
    },
    { sizeBytes: content.byteLength, isText, announced },
  )
  return { ...detected, readBytes }
}

const image = (format: 'png' | 'jpeg' | 'webp' | 'gif', width = 30, height = 20) =>
  sharp({ create: { width, height, channels: 3, background: '#808080' } })
    .toFormat(format)
    .toBuffer()

describe('the media type by content', () => {
  it.each(['png', 'jpeg', 'webp', 'gif'] as const)('[FIL-06] knows a %s, and its size', async (format) => {
    const content = await image(format)
    expect(await detect(content)).toMatchObject({ mediaType: `image/${format}`, problem: null })
    expect(readImageHeader(content, `image/${format}`)).toEqual({ width: 30, height: 20, orientation: 1 })
  })

  it.each([
    ['word/document.xml', 'wordprocessingml.document'],
    ['xl/workbook.xml', 'spreadsheetml.sheet'],
    ['ppt/presentation.xml', 'presentationml.presentation'],
  ])('[FIL-06] knows an Office document by its part %s', async (part, kind) => {
    expect(await detect(officeFile(part))).toMatchObject({ mediaType: `${office}.${kind}`, problem: null })
  })

  it.each([
    ['%PDF-1.7\n', 'application/pdf'],
    ['\x7fELF\x02\x01', 'application/x-elf'],
    ['MZ\x90\0\x03', 'application/vnd.microsoft.portable-executable'],
    ['  <!DOCTYPE html><p>', 'text/html'],
    ['\n<script>alert(1)</script>', 'text/html'],
    ['<?xml version="1.0"?><svg onload="x()">', 'image/svg+xml'],
    ['<svg xmlns="http://www.w3.org/2000/svg">', 'image/svg+xml'],
    ['\0\x01\x02\x03', 'application/octet-stream'],
  ])('[FIL-06] knows %j', async (text, mediaType) => {
    expect((await detect(Buffer.from(text, 'latin1'), 'text/csv')).mediaType).toBe(mediaType)
  })

  it.each([
    ['UTF-8', Buffer.from('name;city\nÅsa;Malmö\n')],
    ['UTF-8 with its mark', Buffer.from('\ufeffname,city\n')],
    ['UTF-16', Buffer.from('\ufeffname\tcity\nÅsa\tMalmö\n', 'utf16le')],
    ['Windows-1252', Buffer.from('name;city\n\xc5sa;Malm\xf6 \x80\n', 'latin1')],
    ['a first cell that begins like a bitmap or a program', Buffer.from('BMI,MZ\n1,2\n')],
  ])('[FIL-06] takes text as what it was announced as: %s', async (_what, content) => {
    expect((await detect(content, 'text/csv')).mediaType).toBe('text/csv')
    expect((await detect(content, 'image/png')).mediaType).toBe('text/plain')
  })

  it('finds binary content anywhere in what claims to be text', async () => {
    const long = Buffer.concat([Buffer.from('a,b\n'.repeat(5000)), Buffer.from([0])])
    expect((await inspect(long)).isText).toBe(false)
    expect((await inspect(long.subarray(0, -1))).isText).toBe(true)
    expect((await inspect(new Uint8Array())).isText).toBe(false)
  })

  it('[FIL-06] refuses documents with programs, and archives nobody can look into', async () => {
    const macros = zipSync({
      '[Content_Types].xml': strToU8('x'),
      'xl/workbook.xml': strToU8('x'),
      'xl/vbaProject.bin': strToU8('x'),
    })
    expect((await detect(macros)).problem).toMatch(/^macros:/)
    const encrypted = officeFile('word/document.xml')
    // Bit 0 of the flags of the first entry in the directory.
    const place = Buffer.from(encrypted).indexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]))
    encrypted[place + 8] = 1
    expect((await detect(encrypted)).problem).toMatch(/^archive_encrypted:/)
    expect((await detect(officeFile('word/document.xml').subarray(0, -5))).problem).toMatch(/^archive_unreadable:/)
  })

  it('[FIL-07] refuses a zip bomb by its directory, without unpacking a byte', async () => {
    const bomb = zipSync({ '[Content_Types].xml': strToU8('x'), 'xl/workbook.xml': new Uint8Array(150_000_000) })
    expect(bomb.byteLength).toBeLessThan(1_000_000)
    const found = await detect(bomb)
    expect(found.problem).toBe('archive_bomb: it unpacks to 150000001 bytes')
    expect(found.readBytes).toBeLessThan(500_000)
  })

  it('[FIL-08] refuses an image of more pixels than anybody should decode, by its header alone', async () => {
    const content = await image('png')
    new DataView(content.buffer, content.byteOffset).setUint32(16, 50_000)
    new DataView(content.buffer, content.byteOffset).setUint32(20, 50_000)
    expect((await detect(content)).problem).toMatch(/^image_too_large:/)
    expect((await detect(content.subarray(0, 12))).problem).toMatch(/^image_unreadable:/)
  })

  it('reads how a picture is to be turned', async () => {
    const turned = await sharp(await image('jpeg'))
      .withMetadata({ orientation: 6 })
      .toBuffer()
    expect(readImageHeader(turned, 'image/jpeg')).toEqual({ width: 30, height: 20, orientation: 6 })
  })

  it.each(['png', 'jpeg', 'webp', 'gif'] as const)(
    'reads no header beyond the end of a %s that was cut',
    async (format) => {
      const content = await image(format)
      for (let length = 0; length < Math.min(content.length, 200); length += 1) {
        expect(() => readImageHeader(content.subarray(0, length), `image/${format}`)).not.toThrow()
      }
    },
  )
})

it.each([
  ['Report.pdf', 'application/pdf', null],
  ['Report', 'application/pdf', null],
  ['photo.JPG', 'image/jpeg', null],
  ['invoice.pdf.exe', 'application/pdf', 'exe'],
  ['page.html', 'application/pdf', 'html'],
  ['photo.png', 'image/jpeg', 'png'],
  ['Terms v1. Final', 'application/pdf', null],
])('[FIL-06] compares the name %j with content of type %s', (name, mediaType, wrong) => {
  expect(wrongExtension(name, mediaType)).toBe(wrong)
})
