/** What Bright Data answers (https://docs.brightdata.com/api-reference/scrapers), only the fields that are used. */
import { z } from 'zod';

/** What a crawl is called: it stands in addresses, and in keys of the bucket. */
const SnapshotId = z.string().regex(/^[A-Za-z0-9_-]{1,80}$/);

export const Triggered = z.object({ snapshot_id: SnapshotId });

export const Progress = z.object({ status: z.string(), error_message: z.string().nullish() });

export const Parts = z.object({ parts: z.int().min(1).max(100_000) });

export const Listed = z.array(z.object({ id: SnapshotId, created: z.string().nullish() }));

export const Account = z.object({ customer: z.string() });

/** In place of a snapshot that is not ready, with any status. */
export const NotReady = z.object({ status: z.string(), message: z.string() });
