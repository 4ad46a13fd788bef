import type { Executable } from '../matrix.ts'

export const executable: Executable = {
  'get_catalogue_to_sync(text)': ['service_role'],
  'provider_price(uuid,text)': ['service_role'],
  'provider_tax_rate(text,text)': ['service_role'],
  'record_provider_catalogue(text,jsonb,jsonb)': ['service_role'],
}
