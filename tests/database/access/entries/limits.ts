import type { Executable } from '../matrix.ts'

export const executable: Executable = {
  'begin_idempotent_request(text,text,text,integer)': ['service_role'],
  'check_rate_limit(text,integer,uuid,uuid,uuid,text,text)': ['service_role'],
  'finish_idempotent_request(text,text,uuid,integer,jsonb,text)': ['service_role'],
  'set_token_bucket(text,integer,integer,integer)': ['service_role'],
  'take_tokens(text,integer,integer)': ['service_role'],
}
