/** Whether memory grows with what is read: what is still reachable after garbage collection, at its highest. */
import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { onTrial, type Trial } from './connector-trial.ts';
import type { ServiceSubject } from './service.ts';

const FEW = 10_000;
const MANY = 100_000;
/** 90,000 more records may hold on to this much more, 170 bytes each: the shortest record takes more than that. */
const BOUND = 15_000_000;
/** Collecting garbage is slow: it is done at this many moments of a run at most. */
const LOOKS = 40;

/** Reads many records after a tenth of them. What a process keeps cannot be measured by its size, which never shrinks. */
export async function flatMemory(subject: ServiceSubject): Promise<void> {
  const few = await peakOf(subject, FEW, 1);
  const many = await peakOf(subject, MANY, Math.ceil((few.looks * (MANY / FEW)) / LOOKS));
  const grown = many.bytes - few.bytes;
  assert(grown < BOUND, `${MANY} records hold on to ${Math.round(grown / 1e6)} MB more than ${FEW}`);
}

interface Peak {
  readonly bytes: number;
  readonly looks: number;
}

async function peakOf(subject: ServiceSubject, records: number, every: number): Promise<Peak> {
  const { many } = subject.trial;
  assert(many !== undefined);
  const expected = many(records);
  const peak = { bytes: 0, looks: 0 };
  const look = (): void => {
    peak.looks += 1;
    if (peak.looks % every === 0) peak.bytes = Math.max(peak.bytes, reachable());
  };
  await onTrial(subject, async (trial: Trial) => {
    await trial.publish(expected.contents);
    const start = reachable();
    const { totals } = await trial.runs({ onProgress: look });
    assert.equal(totals.rows, expected.rows, 'rows');
    peak.bytes -= start;
  });
  return peak;
}

const collectGarbage = ((): (() => void) => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();

function reachable(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
