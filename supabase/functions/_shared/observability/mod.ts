export { bucketOf, latencyBoundaries } from './latency.ts'
