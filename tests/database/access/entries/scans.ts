import type { Executable } from '../matrix.ts'

export const executable: Executable = {
  'describe_file_to_scan(uuid,integer)': ['service_role'],
  'forget_infected_object(uuid,integer)': ['service_role'],
  'refuse_picture(uuid,text)': ['service_role'],
  'show_picture(uuid,text,boolean)': ['service_role'],
}
