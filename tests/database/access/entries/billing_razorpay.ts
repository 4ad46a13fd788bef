import type { Executable } from '../matrix.ts'

export const executable: Executable = {
  'attach_razorpay_order(uuid,text)': ['service_role'],
  'expire_razorpay_order(uuid)': ['service_role'],
  'get_razorpay_order(uuid)': ['service_role'],
  'record_razorpay(text,text,timestamp with time zone,text,jsonb,jsonb,jsonb)': ['service_role'],
}
