import type { DocumentKind } from '../document_kind.ts'
import { campaignReport } from './campaign_report.ts'
import { complianceReport } from './compliance_report.ts'
import { letter } from './letter.ts'

/** Every kind of document there is. A domain adds one line for each of its own. */
export const documentKinds: readonly DocumentKind[] = [complianceReport, campaignReport, letter]
