/** What the test of a driver of buckets needs: `@tidemill/testing/bucket`. */
export { bucketChecks, bucketContract } from '../contracts/bucket.ts';
export type { BucketCheck } from '../contracts/bucket-check.ts';
export { bucketFaults, type FaultySubject } from '../contracts/bucket-faults.ts';
export { MemoryBucket } from '../fakes/memory-bucket.ts';
