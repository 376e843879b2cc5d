/** Whether memory grows with what is read: what is still reachable after garbage collection, at its highest. */

import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { RunEvent } from '../../orchestrator/events/run-event.ts';
import { onTrial, type Trial } from './connector-trial.ts';
import type { ServiceSubject } from './service-subject.ts';

const FEW = 10_000;
const MANY = 100_000;
/** Collecting garbage is slow: it is done so often while the records are read, and as often while they are loaded. */
const LOOKS = 8;
/** At the last look, of 78,750 more records, 55 bytes each: the shortest record takes more than that. */
const BOUND = 4_300_000;

/** Reads many records after a tenth of them. What a process keeps cannot be measured by its size, which never shrinks. */
export async function flatMemory(subject: ServiceSubject): Promise<void> {
  const few = await peakOf(subject, FEW);
  const many = await peakOf(subject, MANY);
  const grown = Math.round((many - few) / 1e6);
  assert(many - few < BOUND, `${MANY} records hold on to ${grown} MB more than ${FEW}`);
}

/** Bytes that the reading of so many records holds on to, at the worst moment. */
async function peakOf(subject: ServiceSubject, records: number): Promise<number> {
  const { many } = subject.trial;
  assert(many !== undefined);
  const expected = many(records);
  let peak = 0;
  let next = 0;
  let count = 0;
  const look = (event: RunEvent): void => {
    if (event.type === 'page_read') count += event.records;
    if (event.type === 'rows_mapped') count += event.rows;
    if (count < next) return;
    next = count + records / LOOKS;
    peak = higher(peak);
  };
  await onTrial(subject, async (trial: Trial) => {
    await trial.publish(expected.contents);
    const start = reachable();
    const { totals } = await trial.runs({ onProgress: look });
    assert.equal(totals.rows, expected.rows, 'rows');
    peak -= start;
  });
  return peak;
}

const collectGarbage = ((): (() => void) => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();

/** Objects, texts, and the bytes of records. */
function reachable(): number {
  atMostReachable();
  return atMostReachable();
}

/** The same; after the first time, buffers of the time before may still be counted. */
function atMostReachable(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** The peak, or what is reachable now if that is more. Collecting garbage a second time could only find less. */
const higher = (peak: number): number => (atMostReachable() <= peak ? peak : Math.max(peak, atMostReachable()));
