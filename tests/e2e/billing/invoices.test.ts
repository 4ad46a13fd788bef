import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { addAuthenticator } from '../../support/auth_person.ts'
import { readPdf } from '../../support/read_pdf.ts'
import { type TestTarget, testTarget } from '../../support/target.ts'

const invoiceSchema = z.looseObject({ id: z.uuid(), status: z.string(), number: z.string().nullable() })

describe('invoices on the REST face', { timeout: 120_000 }, () => {
  let target: TestTarget
  let ada: ApiPerson
  let operator: ApiPerson
  let organization_id = ''
  let invoice_id = ''
  beforeAll(async () => {
    target = await testTarget()
    ada = await signedInPerson(target, { isVerified: true })
    const made = await ada.client.rpc('create_organization', { name: 'Billed' })
    if (made.error) throw made.error
    organization_id = made.data.id
    operator = await platformAdmin()
    const drafted = await operator.client.rpc('draft_invoice', {
      organization_id,
      currency: 'NGN',
      lines: [{ description: 'Setting up', unit_cents: 150_000, quantity: 2 }],
    })
    if (drafted.error) throw drafted.error
    invoice_id = drafted.data.id
  }, 120_000)
  afterAll(() => target[Symbol.asyncDispose]())

  async function platformAdmin(): Promise<ApiPerson> {
    const person = await signedInPerson(target)
    const given = await target.adminClient().auth.admin.updateUserById(person.id, {
      app_metadata: { platform_admin: true },
    })
    expect(given.error).toBeNull()
    const { id, totp } = await addAuthenticator(person.client)
    const raised = await person.client.auth.mfa.challengeAndVerify({ factorId: id, code: totp.generate() })
    expect(raised.error).toBeNull()
    return { ...person, token: raised.data?.access_token ?? '' }
  }

  const ask = (path: string, init: RequestInit = {}, token = ada.token) =>
    fetch(`${target.apiUrl}/functions/v1/api/v1/billing${path}`, {
      redirect: 'manual',
      ...init,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...init.headers },
    })
  const post = (path: string, body: object, token: string) =>
    ask(path, { method: 'POST', body: JSON.stringify(body), headers: { 'idempotency-key': randomUUID() } }, token)

  it('[BIL-46] are issued, marked as paid and made void by platform admins alone', async () => {
    for (const path of [`/invoices/${invoice_id}/issue`, `/invoices/${invoice_id}/mark-paid`]) {
      const refused = await post(path, {}, ada.token)
      expect([refused.status, await refused.json()]).toMatchObject([403, { code: 'platform_admin_required' }])
    }
    const issued = await post(`/invoices/${invoice_id}/issue`, {}, operator.token)
    expect([issued.status, await issued.json()]).toMatchObject([200, { status: 'issued', open_cents: 300_000 }])
    const part = await post(
      `/invoices/${invoice_id}/mark-paid`,
      { method: 'cash', amount_cents: 100_000 },
      operator.token,
    )
    expect([part.status, await part.json()]).toMatchObject([200, { status: 'issued', open_cents: 200_000 }])
    const refused = await post(`/invoices/${invoice_id}/void`, { reason: 'Wrong' }, operator.token)
    expect([refused.status, await refused.json()]).toMatchObject([409, { code: 'billing_invoice_not_open' }])
    const paid = await post(`/invoices/${invoice_id}/mark-paid`, { reference: `UTR ${randomUUID()}` }, operator.token)
    expect([paid.status, await paid.json()]).toMatchObject([200, { status: 'paid', open_cents: 0 }])
  })

  it('[BIL-41] are listed by who reads billing, filtered and in pages', async () => {
    const listed = await ask(`/invoices?organization_id=${organization_id}&status=paid&limit=1`)
    const page = z.looseObject({ data: z.array(invoiceSchema) }).parse(await listed.json())
    expect([listed.status, page.data.map(({ id }) => id)]).toEqual([200, [invoice_id]])
    const none = await ask(`/invoices?organization_id=${organization_id}&status=void`)
    expect(await none.json()).toMatchObject({ data: [] })
    const stranger = await signedInPerson(target)
    expect((await ask(`/invoices?organization_id=${organization_id}`, {}, stranger.token)).status).toBe(404)
  })

  it('[BIL-42] are shown with their lines and payments', async () => {
    const shown = await ask(`/invoices/${invoice_id}`)
    expect([shown.status, await shown.json()]).toMatchObject([
      200,
      {
        total_cents: 300_000,
        lines: [{ description: 'Setting up', quantity: 2, unit_cents: 150_000, amount_cents: 300_000 }],
        payments: [
          { method: 'cash', amount_cents: 100_000 },
          { method: 'bank_transfer', amount_cents: 200_000, receipt_number: expect.stringContaining('-R-') },
        ],
      },
    ])
    const stranger = await signedInPerson(target)
    expect((await ask(`/invoices/${invoice_id}`, {}, stranger.token)).status).toBe(404)
  })

  it('[BIL-43] are downloaded as PDF by POST and by GET, in English and French', async () => {
    const posted = await ask(`/invoices/${invoice_id}/download`, { method: 'POST' })
    expect(posted.status).toBe(200)
    expect(posted.headers.get('content-type')).toContain('application/pdf')
    expect(posted.headers.get('content-disposition')).toMatch(/attachment; filename="Invoice-.+\.pdf"/)
    const bytes = new Uint8Array(await posted.arrayBuffer())
    expect((await readPdf(bytes)).pages[0]?.text).toContain('₦3,000.00')
    const got = await ask(`/invoices/${invoice_id}/download`)
    expect(new Uint8Array(await got.arrayBuffer())).toEqual(bytes)
    const french = await ask(`/invoices/${invoice_id}/download?locale=fr`)
    expect((await readPdf(new Uint8Array(await french.arrayBuffer()))).info.Title).toMatch(/^Facture /)
    const shown = z
      .looseObject({ payments: z.array(z.looseObject({ receipt_id: z.uuid() })) })
      .parse(await (await ask(`/invoices/${invoice_id}`)).json())
    const receipt = await ask(`/receipts/${shown.payments[0]?.receipt_id}/download`)
    expect((await readPdf(new Uint8Array(await receipt.arrayBuffer()))).info.Title).toMatch(/^Receipt /)
  })

  it('[BIL-43] of Stripe lead to where Stripe shows them', async () => {
    const recorded = await target.adminClient().rpc('record_provider_invoice', {
      organization_id,
      provider: 'stripe',
      provider_invoice_id: `in_${randomUUID()}`,
      provider_status: 'open',
      currency: 'usd',
      occurred_at: new Date().toISOString(),
      details: { hosted_url: 'https://invoice.stripe.test/i/1' },
    })
    expect(recorded.error).toBeNull()
    const answer = await ask(`/invoices/${recorded.data?.id}/download`)
    expect([answer.status, answer.headers.get('location')]).toEqual([303, 'https://invoice.stripe.test/i/1'])
  })
})
