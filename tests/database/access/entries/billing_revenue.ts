import type { Executable } from '../matrix.ts'

export const executable: Executable = {
  'get_churn_report(date,date)': ['authenticated'],
  'get_cohort_report(date,date,billing_product)': ['authenticated'],
  'get_payments_report(date,date,text)': ['authenticated'],
  'get_revenue_report(date,date,text,billing_product)': ['authenticated'],
  'get_trial_report(date,date)': ['authenticated'],
  'list_cancellations(date,date,integer)': ['authenticated'],
}
