import type { Executable } from '../matrix.ts'

export const executable: Executable = {
  'mirror_stripe(text,jsonb,timestamp with time zone,bigint)': ['service_role'],
}
