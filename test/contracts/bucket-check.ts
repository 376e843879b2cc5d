import assert from 'node:assert/strict';
import type { Bucket, StoredObject } from '../../orchestrator/storage/contract.ts';

/** One promise of the bucket contract, and what it takes to see whether a fresh, empty bucket keeps it. */
export interface BucketCheck {
  readonly promise: string;
  readonly run: (bucket: Bucket) => Promise<void>;
}

export const JSON_TYPE = { contentType: 'application/json' };

export const bytes = (text: string): Uint8Array => Buffer.from(text);

export function written(object: StoredObject | undefined): StoredObject {
  assert(object !== undefined, 'the write was refused');
  return object;
}
