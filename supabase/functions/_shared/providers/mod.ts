export { type Measurement, measuredCall } from './measured_call.ts'
export { ProviderError, type ProviderFailure } from './provider_error.ts'
export { readLimited } from './read_limited.ts'
export {
  type FailedAnswer,
  fetchWithin,
  type ProviderAnswer,
  type ProviderDeps,
  type ProviderRequest,
  requestProvider,
} from './request_provider.ts'
