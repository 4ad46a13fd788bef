/**
 * Upper ends of the buckets of a latency histogram, in milliseconds; one more bucket holds what took longer. The same
 * list as `private.latency_boundaries()`, and never changed: stored histograms could not be read.
 */
export const latencyBoundaries = [
  5, 10, 25, 50, 100, 200, 350, 500, 750, 1000, 1500, 2000, 3000, 5000, 10_000, 30_000,
] as const

/** Place of the bucket that a duration falls into. */
export function bucketOf(milliseconds: number): number {
  const place = latencyBoundaries.findIndex((boundary) => milliseconds <= boundary)
  return place === -1 ? latencyBoundaries.length : place
}
