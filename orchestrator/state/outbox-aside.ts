/**
 * Events that a state has no room for, as objects in a folder of the bucket. Each names the one before it, and the state the newest:
 * what that chain does not reach counts for nothing. An object is named by what it holds, and only ever created.
 */
import { createHash } from 'node:crypto';
import { TidemillError } from '@tidemill/kit';
import { z } from 'zod';
import type { Bucket } from '../storage/contract.ts';
import { keys } from '../storage/keys.ts';
import { readText } from '../storage/text.ts';
import type { JobState } from './job-state.ts';
import { crowding, Entry, type Outbox, putAside, sentToAll } from './outbox.ts';
import { Key } from './telling-changes.ts';

/** The first line of an object; the others are events. */
const Head = z.looseObject({ previous: Key.optional() });

/** The state with room: what it would have too much of is written before, where `stored` has it already. */
export async function withRoom(bucket: Bucket, stored: JobState, next: JobState): Promise<JobState> {
  const entries = crowding(stored, next);
  const [first] = entries;
  const last = entries.at(-1);
  if (first === undefined || last === undefined) return next;
  const { aside } = next.outbox ?? {};
  const folder = aside?.folder ?? keys.outbox(next.job, hashOf(first.id));
  const lines = [{ previous: aside?.newest }, ...entries].map((line) => `${JSON.stringify(line)}\n`).join('');
  const newest = `${folder}/${padded(first.n)}-${padded(last.n)}-${hashOf(lines)}.ndjson`;
  await bucket.write(newest, Buffer.from(lines), { contentType: 'application/x-ndjson', onlyIf: 'absent' });
  return putAside(next, { folder, newest, through: last.n });
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** So that keys are in the order of the events. */
const padded = (n: number): string => String(n).padStart(12, '0');

/** Numbers of the first and the last event of an object. */
function spanOf(key: string): { readonly first: number; readonly last: number } {
  const [, first, last] = /\/(\d+)-(\d+)-[0-9a-f]+\.ndjson$/.exec(key) ?? [];
  return { first: Number(first), last: Number(last) };
}

/** Events after a number, in their order, those that were put aside first. Throws `outbox-damaged`. */
export async function* entriesAfter(bucket: Bucket, { aside, entries }: Outbox, sent: number): AsyncIterable<Entry> {
  const newer: Entry[][] = [];
  let key = aside !== undefined && aside.through > sent ? aside.newest : undefined;
  if (key !== undefined && spanOf(key).last !== aside?.through) throw damaged(bucket, key, 'is not the newest');
  // Back to the oldest that is wanted: that many events are held in memory.
  while (key !== undefined) {
    const object = await readAside(bucket, key);
    newer.unshift(object.entries);
    key = spanOf(key).first > sent + 1 ? object.previous : undefined;
  }
  for (const entry of [...newer.flat(), ...entries]) if (entry.n > sent) yield entry;
}

/** An object is named by what it holds: one that lacks a line, or has another, is told from a whole one. */
async function readAside(bucket: Bucket, key: string) {
  const object = await readText(bucket, key);
  if (object === undefined) throw damaged(bucket, key, 'is gone');
  if (!key.endsWith(`-${hashOf(object.text)}.ndjson`)) throw damaged(bucket, key, 'does not hold what was put there');
  try {
    const [head = '', ...lines] = object.text.trimEnd().split('\n');
    return { ...Head.parse(JSON.parse(head)), entries: lines.map((line) => Entry.parse(JSON.parse(line))) };
  } catch (cause) {
    throw damaged(bucket, key, 'holds no events any more', cause);
  }
}

const damaged = (bucket: Bucket, key: string, what: string, cause?: unknown): TidemillError =>
  new TidemillError('config', 'outbox-damaged', `${bucket.url}/${key} ${what}`, {
    hint: 'Restore its newest sound version, which a bucket with object versioning keeps; or give up what it had with `npx tidemill events JOB --drop`.',
    cause,
  });

/** Removes the objects that everybody has all of, after a state has said so. */
export async function removeSent(bucket: Bucket, before: Outbox, after: Outbox | undefined): Promise<void> {
  if (before.aside === undefined) return;
  const sent = after === undefined ? Number.POSITIVE_INFINITY : sentToAll(after);
  const gone: string[] = [];
  for await (const { key } of bucket.list(`${before.aside.folder}/`)) if (spanOf(key).last <= sent) gone.push(key);
  for (const key of gone) await bucket.remove(key);
}
