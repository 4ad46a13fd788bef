export { checkReadiness, type ReadinessDeps } from './check_readiness.ts'
export { livenessSchema, type Readiness, readinessSchema } from './schemas.ts'
