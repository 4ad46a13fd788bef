export { isPublicAddress } from './is_public_address.ts'
export { OutgoingError, type OutgoingFailure } from './outgoing_error.ts'
export { type SafeFetchOptions, type SafeResponse, safeFetch } from './safe_fetch.ts'
