import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

const secret = 'ben-and-nobody-else'

describe('an attacker at files and channels', { timeout: 90_000 }, () => {
  let stack: TestStack
  let [ada, ben]: ApiPerson[] = []
  let bens = ''

  async function ask(path: string, init: RequestInit = {}) {
    const response = await fetch(`${stack.apiUrl}/storage/v1/${path}`, {
      ...init,
      headers: { apikey: stack.secrets.keys.publishableKey, authorization: `Bearer ${ada?.token}`, ...init.headers },
    })
    const text = await response.text()
    const place = `${init.method ?? 'GET'} ${path}: ${response.status} ${text}`
    expect(response.status, place).toBeLessThan(500)
    expect(text, place).not.toContain(secret)
    return response.status
  }
  const names = async () => {
    const { data } = await stack.adminClient().storage.from('documents').list(bens)
    return data?.map(({ name }) => name)
  }

  beforeAll(async () => {
    stack = await testStack()
    ;[ada, ben] = [await signedInPerson(stack), await signedInPerson(stack)]
    const { data } = await ben.client.rpc('create_organization', { name: 'Secret Works' })
    bens = z.object({ id: z.string() }).parse(data).id
    const put = await stack.adminClient().storage.from('documents').upload(`${bens}/plan.txt`, secret)
    expect(put.error).toBeNull()
  }, 60_000)
  afterAll(() => stack[Symbol.asyncDispose]())

  it('[TST-19] climbs out of the own folder and reads, puts and removes nothing', async () => {
    const own = ada?.id ?? ''
    const ways = [
      `documents/${bens}/plan.txt`,
      `avatars/../documents/${bens}/plan.txt`,
      `avatars/${own}/../../documents/${bens}/plan.txt`,
      `avatars/${own}/..%2f..%2fdocuments%2f${bens}%2fplan.txt`,
      `avatars/${own}/%2e%2e/%2e%2e/documents/${bens}/plan.txt`,
      `avatars/${own}/..%5c..%5cdocuments%5c${bens}%5cplan.txt`,
      `documents/%2f${bens}/plan.txt`,
      `documents//${bens}/plan.txt`,
      `documents/${bens}/plan.txt%00.png`,
    ]
    for (const way of ways) {
      for (const kind of [
        'object',
        'object/authenticated',
        'object/public',
        'object/info',
        'render/image/authenticated',
      ]) {
        expect(await ask(`${kind}/${way}`), `${kind}/${way}`).toBeGreaterThanOrEqual(400)
      }
      const body = { method: 'POST', body: 'taken', headers: { 'content-type': 'text/plain', 'x-upsert': 'true' } }
      expect(await ask(`object/${way}`, body), way).toBeGreaterThanOrEqual(400)
      expect(await ask(`object/${way}`, { method: 'DELETE' }), way).toBeGreaterThanOrEqual(400)
    }
    expect(await names()).toEqual(['plan.txt'])
  })

  it('[TST-19] lists, signs, copies and moves files of others, and gets none', async () => {
    const bucket = ada?.client.storage.from('documents')
    expect((await bucket?.list(bens))?.data ?? []).toEqual([])
    expect((await bucket?.createSignedUrl(`${bens}/plan.txt`, 60))?.error).not.toBeNull()
    const many = await bucket?.createSignedUrls([`${bens}/plan.txt`], 60)
    expect(many?.data?.filter(({ signedUrl }) => signedUrl) ?? []).toEqual([])
    expect((await bucket?.createSignedUploadUrl(`${bens}/own.txt`))?.error).not.toBeNull()
    const target = `${ada?.id}/stolen.png`
    expect((await bucket?.copy(`${bens}/plan.txt`, target, { destinationBucket: 'avatars' }))?.error).not.toBeNull()
    expect((await bucket?.move(`${bens}/plan.txt`, target, { destinationBucket: 'avatars' }))?.error).not.toBeNull()
    expect((await bucket?.remove([`${bens}/plan.txt`]))?.data ?? []).toEqual([])
    expect(await names()).toEqual(['plan.txt'])
  })

  it('[TST-19] changes a signed address, and it opens nothing', async () => {
    const admin = stack.adminClient().storage.from('documents')
    expect((await admin.upload(`${bens}/open.txt`, 'for everybody with the address')).error).toBeNull()
    const { data } = await admin.createSignedUrl(`${bens}/open.txt`, 60)
    const address = new URL(data?.signedUrl ?? '')
    expect((await fetch(address)).status).toBe(200)
    const token = address.searchParams.get('token') ?? ''
    const [header = '', payload = '', signature = ''] = token.split('.')
    const other = Buffer.from(
      JSON.stringify({ url: `documents/${bens}/plan.txt`, iat: 0, exp: 4_000_000_000 }),
    ).toString('base64url')
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url')
    const path = `object/sign/documents/${bens}/plan.txt?token=`
    for (const forged of [
      token,
      `${header}.${other}.${signature}`,
      `${none}.${other}.`,
      `${header}.${payload}.`,
      ada?.token,
      '',
    ]) {
      expect(await ask(path + forged), forged).toBeGreaterThanOrEqual(400)
    }
    await admin.remove([`${bens}/open.txt`])
  })

  it('[TST-19] guesses topics and is let into none', async () => {
    const epoch = (await stack.adminClient().from('organizations').select('topic_epoch').eq('id', bens).single()).data
      ?.topic_epoch
    const topics = [
      `organization:${bens}:${epoch}`,
      `organization:${bens}:0`,
      `organization:${bens}`,
      `organization:*`,
      `user:${ben?.id}`,
      'user:*',
      '*',
    ]
    for (const topic of topics) {
      const channel = ada?.client.channel(topic, { config: { private: true } })
      const joined = await new Promise((resolve) => {
        channel?.subscribe((status) => {
          if (status === 'SUBSCRIBED') resolve(true)
          else if (status === 'CHANNEL_ERROR' || status === 'TIMED_OUT') resolve(false)
        })
      })
      if (channel) await ada?.client.removeChannel(channel)
      expect(joined, topic).toBe(false)
    }
  })
})
