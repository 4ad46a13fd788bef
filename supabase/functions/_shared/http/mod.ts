export { createApp } from './app.ts'
export type { App, AppContext, AppEnv } from './app_env.ts'
export { AppError, type FieldProblem } from './app_error.ts'
export { backendClient } from './backend_client.ts'
export { type DeprecationNotice, deprecated } from './deprecated.ts'
export { type IdempotencyOptions, idempotencyKeyHeader, idempotent } from './idempotency.ts'
export { anyCaller, internalCaller } from './internal_caller.ts'
export {
  defineListing,
  type ListFilter,
  type ListOperator,
  type ListRequest,
  linkNextPage,
  nextLink,
} from './listing.ts'
export { type MultipartLimits, type MultipartPart, readField, readMultipart } from './multipart.ts'
export { errorAnswers, errorSchema } from './openapi.ts'
export { ifMatchHeader, preconditionFailed, versionTag, wantedVersion } from './precondition.ts'
export { publicAddress } from './public_address.ts'
export { type RateLimitOptions, rateLimit } from './rate_limit.ts'
export { continueTrace, type Trace } from './trace.ts'
