/**
 * Events that a state has no room for, as objects in a folder of the bucket. An event never changes once a state has had it, so an
 * object is the same whoever writes it, and only created; of two that have the same event, either will do.
 */
import { createHash } from 'node:crypto';
import { TidemillError } from '@tidemill/kit';
import type { Bucket } from '../storage/contract.ts';
import { keys } from '../storage/keys.ts';
import { readText } from '../storage/text.ts';
import type { JobState } from './job-state.ts';
import { crowding, Entry, type Outbox, putAside, sentToAll } from './outbox.ts';

/** The state with room: what it would have too much of is written before, where `stored` has it already. */
export async function withRoom(bucket: Bucket, stored: JobState, next: JobState): Promise<JobState> {
  const entries = crowding(stored, next);
  const [first] = entries;
  const last = entries.at(-1);
  if (first === undefined || last === undefined) return next;
  // By its first event a folder is never that of another outbox of the job, as one that began anew has.
  const folder =
    next.outbox?.aside?.folder ??
    keys.outbox(next.job, createHash('sha256').update(first.id).digest('hex').slice(0, 16));
  const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  const key = `${folder}/${padded(first.n)}-${padded(last.n)}.ndjson`;
  await bucket.write(key, Buffer.from(lines), { contentType: 'application/x-ndjson', onlyIf: 'absent' });
  return putAside(next, entries, folder);
}

/** So that keys are in the order of the events. */
const padded = (n: number): string => String(n).padStart(12, '0');

/** Events after a number, in their order, those that were put aside first. Throws `outbox-damaged`. */
export async function* entriesAfter(bucket: Bucket, { aside, entries }: Outbox, sent: number): AsyncIterable<Entry> {
  let last = sent;
  if (aside !== undefined && aside.through > sent) {
    for await (const { key } of bucket.list(`${aside.folder}/`)) {
      const through = Number(/-(\d+)\.ndjson$/.exec(key)?.[1]);
      if (!(through > last)) continue;
      for (const entry of await readAside(bucket, key)) {
        if (entry.n <= last || entry.n > aside.through) continue;
        last = entry.n;
        yield entry;
      }
    }
  }
  for (const entry of entries) if (entry.n > last) yield entry;
}

async function readAside(bucket: Bucket, key: string): Promise<Entry[]> {
  const object = await readText(bucket, key);
  // Whoever has sent it to everybody has removed it.
  if (object === undefined) return [];
  try {
    return object.text
      .trimEnd()
      .split('\n')
      .map((line) => Entry.parse(JSON.parse(line)));
  } catch (cause) {
    throw new TidemillError('config', 'outbox-damaged', `${bucket.url}/${key} holds no events any more`, {
      hint: 'Restore its newest sound version, which a bucket with object versioning keeps; or give up what it had with `npx tidemill events --drop`.',
      cause,
    });
  }
}

/** Removes the objects that everybody has all of, after a state has said so. */
export async function removeSent(bucket: Bucket, before: Outbox, after: Outbox | undefined): Promise<void> {
  if (before.aside === undefined) return;
  const sent = after === undefined ? Number.POSITIVE_INFINITY : sentToAll(after);
  const gone: string[] = [];
  for await (const { key } of bucket.list(`${before.aside.folder}/`)) {
    if (Number(/-(\d+)\.ndjson$/.exec(key)?.[1]) <= sent) gone.push(key);
  }
  for (const key of gone) await bucket.remove(key);
}
