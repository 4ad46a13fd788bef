import { describe, expect, it } from 'vitest'
import { parseInvitationsCsv } from '../../../supabase/functions/_shared/identity/mod.ts'

describe('the list of people to invite as CSV', () => {
  it('[A1-02] reads what spreadsheets write', () => {
    const people = [{ email: 'ada@example.com', role: 'agent' }, { email: 'ben@example.com' }]
    const texts = [
      'email,role\nada@example.com,agent\nben@example.com,\n',
      '\uFEFFEmail;Role\r\nada@example.com;agent\r\nben@example.com;',
      'role,email\r"agent","ada@example.com"\r,ben@example.com',
      'email,role\n\n ada@example.com , agent \n,\n"ben@example.com"\n\n',
    ]
    for (const text of texts) expect(parseInvitationsCsv(text)).toEqual(people)
  })

  it('keeps quotes, separators and line ends inside quoted fields', () => {
    expect(parseInvitationsCsv('email,binding_kind\n"a ""b"", c\nd",vendor')).toEqual([
      { email: 'a "b", c\nd', binding_kind: 'vendor' },
    ])
    expect(parseInvitationsCsv('email\nO"Neil@example.com')).toEqual([{ email: 'O"Neil@example.com' }])
  })

  it('takes no column that it does not know, none twice, and nothing without addresses', () => {
    const refused = { status: 422, code: 'invitations_invalid' }
    for (const text of ['', 'role\nagent', 'email,email\na,b', 'email,is_admin\na,true', 'ada@example.com']) {
      expect(() => parseInvitationsCsv(text)).toThrow(expect.objectContaining(refused))
    }
    expect(() => parseInvitationsCsv('email\n"ada@example.com')).toThrow(expect.objectContaining(refused))
    expect(() => parseInvitationsCsv('email\n"ada"@example.com')).toThrow(expect.objectContaining(refused))
  })

  it('reads half a megabyte in one go', () => {
    const text = `email,role\n${'"person@example.com",member\n'.repeat(20_000)}`
    expect(parseInvitationsCsv(text)).toHaveLength(20_000)
  })
})
