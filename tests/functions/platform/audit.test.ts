import { describe, expect, it } from 'vitest'
import { actorHeaders, auditRequest, recordAuditEvent } from '../../../supabase/functions/_shared/platform/mod.ts'

describe('recordAuditEvent', () => {
  it('[AUD-04] writes what happened, who did it and from where', async () => {
    const calls: [string, object][] = []
    const client = {
      rpc: async (name: string, parameters: object) => {
        calls.push([name, parameters])
        return { data: 7, error: null }
      },
    }
    const request = new Request('https://api.test/files/download', {
      headers: { 'x-forwarded-for': '203.0.113.7, 10.0.0.1', 'user-agent': 'Firefox' },
    })
    const id = await recordAuditEvent(client, {
      action: 'download',
      organizationId: 'organization',
      objectType: 'files',
      objectId: 'file',
      actor: { kind: 'user', id: 'person' },
      request: auditRequest(request, 'request-0001'),
    })
    expect(id).toBe(7)
    expect(calls).toEqual([
      [
        'record_audit_event',
        {
          action: 'download',
          organization_id: 'organization',
          object_type: 'files',
          object_id: 'file',
          changes: null,
          actor_kind: 'user',
          actor_id: 'person',
          ip_address: '203.0.113.7',
          user_agent: 'Firefox',
          request_id: 'request-0001',
        },
      ],
    ])
  })

  it('fails when the entry could not be written', async () => {
    const client = { rpc: async () => ({ data: null, error: { message: 'no connection' } }) }
    await expect(
      recordAuditEvent(client, { action: 'export', organizationId: null, objectType: 'reports' }),
    ).rejects.toThrow('Cannot record audit event "export": no connection')
  })
})

it('passes on for whom a client with the secret key acts, and leaves out what is not known', () => {
  const request = new Request('https://api.test/', { headers: { 'cf-connecting-ip': '203.0.113.8' } })
  expect(actorHeaders('person', auditRequest(request, 'request-0001'))).toEqual({
    'x-actor-id': 'person',
    'x-actor-ip': '203.0.113.8',
    'x-request-id': 'request-0001',
  })
})
