import type { DocumentKind } from '../document_kind.ts'
import { billingCreditNote } from './billing_credit_note.ts'
import { billingInvoice } from './billing_invoice.ts'
import { billingReceipt } from './billing_receipt.ts'
import { campaignReport } from './campaign_report.ts'
import { complianceReport } from './compliance_report.ts'
import { letter } from './letter.ts'

/** Every kind of document there is. A domain adds one line for each of its own. */
export const documentKinds: readonly DocumentKind[] = [
  complianceReport,
  campaignReport,
  letter,
  billingInvoice,
  billingCreditNote,
  billingReceipt,
]
