import type { Executable } from '../matrix.ts'

export const executable: Executable = {
  'count_my_recovery_codes()': ['authenticated'],
  'end_other_sessions()': ['authenticated'],
  'end_session(uuid)': ['authenticated'],
  'generate_recovery_codes()': ['authenticated'],
  'get_mail_style(uuid,text)': ['service_role'],
  'get_security_mail_recipient(uuid,uuid)': ['service_role'],
  'list_my_sessions()': ['authenticated'],
  'list_my_sign_ins(bigint,integer)': ['authenticated'],
  'redeem_recovery_code(uuid,uuid,text)': ['service_role'],
}
