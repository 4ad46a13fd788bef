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
export { type ApiCaller, type ApiEnv, apiCaller, requireScope } from './api_caller.ts'
export { type ApiKeyResolver, hashApiKey, isApiKey, type ResolvedApiKey, resolvedApiKeySchema } from './api_key.ts'
export { cachedApiKeys } from './api_key_cache.ts'
export { describeCaller } from './describe_caller.ts'
export { listOrganizations, organizationList } from './organizations.ts'
export { meSchema, organizationSchema } from './schemas.ts'
