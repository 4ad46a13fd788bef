export {
  adminApprovePerson,
  adminBanPerson,
  adminGetPerson,
  adminListOrganizations,
  adminListPeople,
  adminMembershipRequestSchema,
  adminMembershipSchema,
  adminOrganizationsQuerySchema,
  adminOrganizationsSchema,
  adminPeopleQuerySchema,
  adminPeopleSchema,
  adminPersonDetailSchema,
  adminPersonSchema,
  adminSetMembership,
  adminUnbanPerson,
  banSchema,
} from './admin.ts'
export { type ApiCaller, type ApiEnv, apiCaller, bearerToken, requireScope } from './api_caller.ts'
export { type ApiKeyResolver, hashApiKey, isApiKey, type ResolvedApiKey, resolvedApiKeySchema } from './api_key.ts'
export { cachedApiKeys } from './api_key_cache.ts'
export {
  checkoutSchema,
  newCheckoutSchema,
  newPortalSchema,
  openCheckout,
  openPortal,
  portalSchema,
} from './billing_checkout.ts'
export { askBackend, type BillingDeps, requireOwnAddress } from './billing_context.ts'
export {
  type BillingDocumentKind,
  invoiceDetailSchema,
  invoiceList,
  invoiceSchema,
  issueInvoice,
  listInvoices,
  markInvoicePaid,
  markInvoicePaidSchema,
  providerInvoiceAddress,
  readBillingDocument,
  readInvoice,
  voidInvoice,
  voidInvoiceSchema,
} from './billing_invoices.ts'
export {
  type BillingAsk,
  type BillingDatabase,
  billingOrganizationSchema,
  inBillingOrganization,
  listOfOrganization,
} from './billing_organization.ts'
export {
  confirmationSchema,
  confirmPaymentIntent,
  createPaymentIntent,
  newPaymentIntentSchema,
  paymentIntentSchema,
} from './billing_payment_intents.ts'
export {
  defaultMethodSchema,
  listPaymentMethods,
  listPayments,
  newRefundSchema,
  paymentDetailSchema,
  paymentList,
  paymentMethodQuerySchema,
  paymentMethodSchema,
  paymentMethodsSchema,
  readPayment,
  refundPayment,
  refundSchema,
  removePaymentMethod,
  setDefaultPaymentMethod,
} from './billing_payments.ts'
export {
  cancelSubscription,
  changedSubscriptionSchema,
  changeSubscription,
  getSubscriptions,
  pauseSubscription,
  previewSubscriptionChange,
  resumeSubscription,
  subscriptionAccessSchema,
  subscriptionQuerySchema,
  subscriptionsSchema,
} from './billing_subscription.ts'
export {
  cancellationSchema,
  changePreviewSchema,
  namedSubscriptionSchema,
  previewedChangeSchema,
  subscriptionChangeSchema,
} from './billing_subscription_changes.ts'
export { describeCaller } from './describe_caller.ts'
export {
  createDocument,
  documentList,
  documentSchema,
  documentTemplateList,
  documentVersionSchema,
  getDocument,
  getDocumentTemplate,
  listDocuments,
  listDocumentTemplates,
  newDocumentSchema,
  newTemplateSchema,
  previewBodySchema,
  previewDatabase,
  publishDocumentTemplate,
  saveDocumentTemplate,
  templateWithVersionsSchema,
} from './documents.ts'
export { type Download, type DownloadPath, type DownloadRequest, openDownload } from './downloads.ts'
export { fileList, fileSchema, listFiles, readFile, removeFile } from './files.ts'
export {
  accountList,
  accountSchema,
  createAccount,
  createKey,
  deleteAccount,
  keyList,
  keySchema,
  listAccounts,
  listKeys,
  madeKeySchema,
  newAccountSchema,
  newKeySchema,
  revokeKey,
  rotateKey,
  rotationSchema,
} from './keys.ts'
export {
  addMember,
  changeMemberRole,
  listInOrganization,
  listMembers,
  memberList,
  memberSchema,
  newMemberSchema,
  removeMember,
  roleChangeSchema,
} from './members.ts'
export {
  changeOrganization,
  createOrganization,
  newOrganizationSchema,
  organizationChangeSchema,
  readOrganization,
} from './organization.ts'
export { listOrganizations, organizationList } from './organizations.ts'
export { changeOwnProfile, ownProfileSchema, profileChangeSchema, readOwnProfile } from './own_profile.ts'
export { meSchema, organizationSchema } from './schemas.ts'
export {
  type UploadDeps,
  type UploadForm,
  uploadedFileSchema,
  uploadFile,
  uploadFiles,
  uploadResultsSchema,
  uploadTargetSchema,
} from './uploads.ts'
