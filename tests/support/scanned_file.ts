import { randomBytes } from 'node:crypto'
import type { SupabaseClient } from '@supabase/supabase-js'
import { expect } from 'vitest'
import type { Database } from '../../types/database.ts'

/** Content of a PDF that no other test uploads. @param size about how many bytes it has */
export function samplePdf(size = 100): Buffer<ArrayBuffer> {
  const filling = randomBytes(Math.ceil(size / 2)).toString('hex')
  return Buffer.from(`%PDF-1.7\n1 0 obj\n<<>>\nendobj\n% ${filling}\ntrailer\n<<>>\n%%EOF\n`)
}

/** Waits until the scan of a file is over. @param client of somebody who sees the file @returns its state then */
export async function scannedState(client: SupabaseClient<Database>, fileId: string): Promise<string> {
  const state = async () => {
    const { data, error } = await client.from('files').select('state').eq('id', fileId).single()
    if (error) throw error
    return data.state
  }
  await expect.poll(state).not.toBe('quarantined')
  return state()
}
