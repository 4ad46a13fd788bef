import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readProject } from '../../../local/config.ts'

const checkout = join(import.meta.dirname, '..', '..', '..')
const apiUrl = 'http://127.0.0.1:60000'

describe('reading the project', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'atrium-config-'))
    await mkdir(join(folder, 'supabase'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))
  const write = (text: string) => writeFile(join(folder, 'supabase', 'config.toml'), text)

  it('[IDN-05] gives access tokens 24 hours', async () => {
    const { config } = await readProject(checkout, { defaults: {}, apiUrl })
    expect(config.auth.jwt_expiry).toBe(86_400)
  })

  it('[PLT-32] takes values from the environment file, over the defaults', async () => {
    await cp(join(checkout, 'supabase', 'config.toml'), join(folder, 'supabase', 'config.toml'))
    await writeFile(join(folder, '.env'), 'ATRIUM_ENV=staging\nSEND_EMAIL_HOOK_SECRET=v1,whsec_from_file\nMAIL_FROM=\n')
    const { config, environment } = await readProject(folder, {
      defaults: { ATRIUM_ENV: 'development', MAIL_FROM: 'default@example.com' },
      apiUrl,
    })
    expect(environment.ATRIUM_ENV).toBe('staging')
    expect(environment.MAIL_FROM).toBe('default@example.com')
    expect(config.auth.hook.send_email).toMatchObject({ enabled: true, secrets: 'v1,whsec_from_file' })
  })

  it('points hooks at this stack instead of the host that containers see', async () => {
    const { config } = await readProject(checkout, { defaults: {}, apiUrl })
    expect(config.auth.hook.send_email?.uri).toBe(`${apiUrl}/functions/v1/auth-hooks/send-email`)
  })

  it('[PLT-33] says where a file is no TOML', async () => {
    await write('project_id = "x"\n[api\nport = 1\n')
    await expect(readProject(folder, { defaults: {}, apiUrl })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/not valid TOML/),
    })
  })

  it('[PLT-33] names the key that has a wrong value', async () => {
    await write('project_id = "x"\n[api]\nport = "many"\n')
    await expect(readProject(folder, { defaults: {}, apiUrl })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('api.port'),
    })
  })

  it('says so when there is no project', async () => {
    await expect(readProject(folder, { defaults: {}, apiUrl })).rejects.toMatchObject({ code: 'config_unreadable' })
  })
})
