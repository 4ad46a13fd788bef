import { z } from 'zod'
import { type Actor, claimsOf, type Database, roleOf } from '../../support/database.ts'

/** A statement that somebody tries. */
export interface Attempt {
  readonly actor: Actor
  /** What is the case meanwhile, as statements of the owner of the schemas. */
  readonly situation?: string
  readonly statement: string
}

// Each attempt is undone by an error of its own, so that hundreds fit into one statement and none meets another's rows.
const attemptFunction = `
  create or replace function pg_temp.attempt(as_role text, claims text, situation text, statement text)
    returns text language plpgsql volatile as $$
  declare
    v_count bigint;
    v_answer text;
  begin
    if situation <> '' then
      execute situation;
    end if;
    perform set_config('request.jwt.claims', claims, true), set_config('role', as_role, true);
    execute statement;
    get diagnostics v_count = row_count;
    v_answer := case when v_count > 0 then 'yes' else 'none' end;
    raise exception using errcode = 'UNDO1';
  exception
    when sqlstate 'UNDO1' then
      return v_answer;
    -- Nobody writes to a view of several tables.
    when insufficient_privilege or object_not_in_prerequisite_state then
      return 'denied';
    when others then
      return sqlstate || ': ' || sqlerrm;
  end
  $$`

const answersShape = z.array(z.object({ answer: z.string() }))

/**
 * Tries each statement and leaves nothing of any behind.
 *
 * @returns for each whether it met rows (`yes`), met none (`none`) or was refused (`denied`); or what went wrong
 */
export async function answersTo(db: Database, attempts: readonly Attempt[]): Promise<string[]> {
  await db.exec(attemptFunction)
  const given = attempts.map(({ actor, situation, statement }) => ({
    role: roleOf(actor),
    claims: JSON.stringify(claimsOf(actor)),
    situation: situation ?? '',
    statement,
  }))
  const rows = await db.rows(
    `select pg_temp.attempt(item ->> 'role', item ->> 'claims', item ->> 'situation', item ->> 'statement') as answer
     from jsonb_array_elements($1::text::jsonb) with ordinality as given (item, place) order by place`,
    [JSON.stringify(given)],
  )
  return answersShape.parse(rows).map(({ answer }) => answer)
}
