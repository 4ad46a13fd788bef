import { createServer } from 'node:http'
import { expect, it } from 'vitest'
import { checkMail } from '../../supabase/functions/_shared/providers/mail/mod.ts'
import { readEnv } from '../../supabase/functions/_shared/runtime/mod.ts'
import { startSmtpDouble } from './mail_doubles.ts'

const platform = { SUPABASE_URL: 'http://127.0.0.1:1', SUPABASE_SECRET_KEYS: '{"default":"sb_secret_x"}' }
const check = (environment: Record<string, string>) =>
  checkMail(readEnv({ ...platform, ...environment }), AbortSignal.timeout(20_000))

it('[OBS-15] knows whether an SMTP server is there and lets us in, without sending anything', async () => {
  const double = await startSmtpDouble('user', 'right')
  const smtp = { MAIL_PROVIDER: 'smtp', SMTP_PORT: String(double.port), SMTP_USER: 'user' }
  await expect(check({ ...smtp, SMTP_PASSWORD: 'right' })).resolves.toBeUndefined()
  await expect(check({ ...smtp, SMTP_PASSWORD: 'wrong' })).rejects.toMatchObject({ failure: 'misconfigured' })
  expect(double.received).toEqual([])
  await double.close()
  await expect(check({ ...smtp, SMTP_PASSWORD: 'right' })).rejects.toMatchObject({ failure: 'unavailable' })
})

it('[OBS-15] knows whether Postmark takes our token', async () => {
  const server = createServer((request, response) => {
    const isRight = request.url === '/server' && request.headers['x-postmark-server-token'] === 'right'
    response.writeHead(isRight ? 200 : 401, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const POSTMARK_API_URL = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const postmark = { MAIL_PROVIDER: 'postmark', POSTMARK_API_URL }
  await expect(check({ ...postmark, POSTMARK_SERVER_TOKEN: 'right' })).resolves.toBeUndefined()
  await expect(check({ ...postmark, POSTMARK_SERVER_TOKEN: 'wrong' })).rejects.toMatchObject({
    failure: 'misconfigured',
  })
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})
