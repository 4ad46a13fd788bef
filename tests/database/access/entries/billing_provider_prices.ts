import type { Executable } from '../matrix.ts'

export const executable: Executable = {
  'provider_price(uuid,text)': ['service_role'],
  'provider_tax_rate(text,text)': ['service_role'],
}
