import { describe, expect, it } from 'vitest'
import { atOnce, type Database, type Person, withCommit, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

const set = (db: Database, key: string, value: unknown) =>
  db.exec('update private.settings set value = $2::text::jsonb where key = $1', [key, JSON.stringify(value)])

/** Calls a function that Auth calls; that its role may is proven by the tests through the stack. */
async function hook(db: Database, name: string, event: object): Promise<Record<string, unknown>> {
  const { answer } = await db.row<{ answer: Record<string, unknown> }>(
    `select private.${name}($1::text::jsonb) as answer`,
    [JSON.stringify(event)],
  )
  return answer
}

describe('sign-up', () => {
  const signUp = (db: Database, email: string) => hook(db, 'check_sign_up', { user: { email } })
  const refused = (status: number) => ({ error: { http_code: status, message: expect.any(String) } })

  it('refuses addresses of throw-away mailboxes and their subdomains, and takes all others', () =>
    withRollback(async (db) => {
      expect(await signUp(db, 'ada@mailinator.com')).toEqual(refused(422))
      expect(await signUp(db, 'Ada@Box.MAILINATOR.com')).toEqual(refused(422))
      for (const email of ['ada@example.com', 'ada@notmailinator.com', 'mailinator.com@example.com', '']) {
        expect([email, await signUp(db, email)]).toEqual([email, {}])
      }
      await set(db, 'identity.blocks_disposable_mail', false)
      expect(await signUp(db, 'ada@mailinator.com')).toEqual({})
    }))

  it('takes only the domains on the list where there is one', () =>
    withRollback(async (db) => {
      await set(db, 'identity.sign_up_domains', ['example.com'])
      expect(await signUp(db, 'ada@example.com')).toEqual({})
      expect(await signUp(db, 'ada@mail.example.com')).toEqual({})
      expect(await signUp(db, 'ada@example.org')).toEqual(refused(403))
      expect(await signUp(db, 'ada@example.com.evil.org')).toEqual(refused(403))
    }))
})

describe('wrong passwords', () => {
  const attempt = (db: Database, person: Person, valid: boolean) =>
    hook(db, 'check_password_attempt', { user_id: person.id, valid })
  const locked = { decision: 'reject', message: 'Invalid login credentials', should_logout_user: false }
  const open = { decision: 'continue' }

  it('[SEC-07] lock an account for passwords, in the words of a wrong password, and the person is told', () =>
    withRollback(async (db) => {
      const [ada, eve] = [await given.person(db), await given.person(db)]
      for (let count = 0; count < 10; count += 1) expect(await attempt(db, ada, false)).toEqual(open)
      expect(await attempt(db, ada, false)).toEqual(locked)
      expect(await attempt(db, ada, true)).toEqual(locked)
      expect(await attempt(db, eve, true)).toEqual(open)
      expect(
        await db.rows(
          `select payload -> 'details' as details from private.jobs where payload ->> 'event' = 'account_locked'`,
        ),
      ).toEqual([{ details: { minutes: 15 } }])
      expect(await db.rows(`select object_id from public.audit_logs where action = 'account_locked'`)).toEqual([
        { object_id: ada.id },
      ])
    }))

  it('[SEC-07] are counted one after the other, so that guesses at once do not all get through', async () => {
    const ada = await withCommit(async (db) => {
      const person = await given.person(db)
      for (let count = 0; count < 9; count += 1) await attempt(db, person, false)
      return person
    })
    const [tenth, next] = await atOnce(
      (db) => attempt(db, ada, false),
      (db) => attempt(db, ada, true),
    )
    expect(tenth).toMatchObject({ value: open })
    expect(next).toMatchObject({ value: locked })
  })

  it('[SEC-07] are forgotten with a right one and after the window, and so is the lock', () =>
    withRollback(async (db) => {
      const ada = await given.person(db)
      await set(db, 'identity.lockout_attempts', 3)
      const later = () =>
        db.exec(
          `update private.password_attempts set started_at = started_at - interval '15 minutes',
             locked_until = locked_until - interval '15 minutes' where user_id = $1`,
          [ada.id],
        )
      await attempt(db, ada, false)
      await attempt(db, ada, false)
      expect(await attempt(db, ada, true)).toEqual(open)
      await attempt(db, ada, false)
      await attempt(db, ada, false)
      await later()
      await attempt(db, ada, false)
      expect(await attempt(db, ada, false)).toEqual(open)
      await attempt(db, ada, false)
      expect(await attempt(db, ada, true)).toEqual(locked)
      await later()
      expect(await attempt(db, ada, false)).toEqual(open)
      expect(await attempt(db, ada, true)).toEqual(open)
    }))
})

it('[ADM-02] tells clients by a claim of the token that an admin is looking, and Auth of no session', () =>
  withRollback(async (db) => {
    const [ada, admin] = [await given.person(db), await given.person(db)]
    const session = String((await given.session(db, { person: ada })).claims?.session_id)
    const claims = { sub: ada.id, role: 'authenticated', session_id: session }
    const ask = () => hook(db, 'add_token_claims', { user_id: ada.id, claims, authentication_method: 'otp' })
    expect(await ask()).toEqual({ claims })
    await db.exec(
      `insert into private.impersonations (session_id, admin_id, user_id, reason, expires_at)
       values ($1, $2, $3, 'Support of a customer', now() + interval '30 minutes')`,
      [session, admin.id, ada.id],
    )
    expect(await ask()).toEqual({
      claims: {
        ...claims,
        session_id: expect.not.stringContaining(session),
        impersonated_session_id: session,
        is_impersonated: true,
      },
    })
  }))
