import { expect, it } from 'vitest'
import { requireOwnAddress } from '../../../supabase/functions/_shared/api/mod.ts'

const origins = ['https://app.example.com']

it.each(['https://app.example.com/billing?paid={CHECKOUT_SESSION_ID}', 'https://app.example.com'])(
  '[BIL-17] sends people back to pages of ours: %s',
  (address) => {
    expect(() => requireOwnAddress({ origins }, address)).not.toThrow()
  },
)

it.each([
  'https://evil.example.com/billing',
  'http://app.example.com/billing',
  'https://app.example.com.evil.example/',
  'https://app.example.com@evil.example/',
  'https://app.example.com:8443/',
  'https://me:secret@app.example.com/',
])('[BIL-17] sends nobody to the address of a stranger: %s', (address) => {
  expect(() => requireOwnAddress({ origins }, 'https://app.example.com/', address)).toThrow(
    expect.objectContaining({ status: 422, code: 'redirect_not_allowed' }),
  )
})

it('[BIL-17] takes every page in development', () => {
  expect(() => requireOwnAddress({ origins: ['*'] }, 'http://localhost:5173/billing')).not.toThrow()
  expect(() => requireOwnAddress({ origins: ['*'] }, 'ftp://localhost/billing')).toThrow()
})
