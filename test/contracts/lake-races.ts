/** Many writers of one table at once, each as a process of its own would be: nothing is lost, nothing is there twice. */
import assert from 'node:assert/strict';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import type { MergeCounts, Table } from '../../orchestrator/warehouse/contract.ts';
import { fakeClock } from '../fakes/clock.ts';
import { lakeIn } from './lake-bucket.ts';
import { applied, load, people, type Values, valuesIn } from './warehouse-samples.ts';

export const RACERS = 20;

/** A row of the racer, one that all have, one that half of them want as it is. */
const rowsOf = (racer: number): Values[] => [
  { id: String(1000 + racer), name: `racer ${racer}`, town: null },
  { id: '1', name: `by ${racer}`, town: null },
  { id: '2', name: `by ${racer % 2}`, town: null },
];

/** What an attempt takes while others are at theirs. */
const ATTEMPT_MS = 500;

/**
 * The time of all of them, which takes none: it passes with each attempt that somebody makes, and when nobody is at work. So those
 * who wait come back at the time that they chose, and not all at once.
 */
class CommonTime {
  #now = 0;
  #atWork: number;
  #waiting: { readonly until: number; readonly wake: () => void }[] = [];

  constructor(racers: number) {
    this.#atWork = racers;
  }

  sleep(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ until: this.#now + milliseconds, wake: resolve });
    this.left();
    return promise;
  }

  attempted(): void {
    this.#pass(this.#now + ATTEMPT_MS);
  }

  /** Somebody waits, or has arrived. */
  left(): void {
    this.#atWork -= 1;
    if (this.#atWork === 0) this.#pass(Math.min(...this.#waiting.map(({ until }) => until)));
  }

  #pass(now: number): void {
    this.#now = now;
    const due = this.#waiting.filter(({ until }) => until <= now);
    this.#waiting = this.#waiting.filter(({ until }) => until > now);
    this.#atWork += due.length;
    for (const { wake } of due) wake();
  }
}

export interface Race {
  /** Of each racer, how often it tried until it was first. */
  readonly tries: readonly number[];
  readonly counts: readonly MergeCounts[];
}

/** Throws when a row is lost, is there twice, or was counted otherwise than it is. */
export async function race(bucket: Bucket, table: Table = people, racers = RACERS): Promise<Race> {
  const tries = Array.from({ length: racers }, () => 0);
  const time = new CommonTime(racers);
  const clock = { ...fakeClock(), sleep: (milliseconds: number) => time.sleep(milliseconds) };
  const lakes = tries.map((_, racer) => {
    // Each has a chance of its own, and the same in every run.
    let turn = 0;
    return lakeIn(bucket, clock, { random: () => ((racer + 1) * 0.618 + 0.377 * turn++) % 1 });
  });
  const loaded = await Promise.all(
    lakes.map((lake, racer) => {
      const beforeCommit = (): void => {
        tries[racer] = (tries[racer] ?? 0) + 1;
        time.attempted();
      };
      const one = load(`p${racer}`, table, rowsOf(racer), { beforeCommit, job: `job ${racer % 3}` });
      return applied(lake, one).finally(() => time.left());
    }),
  );
  const counts = loaded.map((one) => one.counts);
  const [reader = assert.fail()] = lakes;
  checkRows(await valuesIn(reader, table, 'id', 'name'), table, racers);
  checkCounts(counts, table, racers);
  assert.deepEqual(await reader.loadedJobs(), new Set(['job 0', 'job 1', 'job 2']));
  for (const lake of lakes) await lake.close();
  return { tries, counts };
}

function checkRows(rows: (string | null)[][], { key }: Table, racers: number): void {
  const ids = Array.from({ length: racers }, (_, racer) => rowsOf(racer).map((row) => row['id']));
  const expected = key.length === 0 ? ids.flat() : [...new Set(ids.flat())];
  assert.deepEqual(rows.map(([id]) => id).sort(), expected.sort());
}

/** Whoever came first inserts what all have; of the others each row is updated or unchanged. */
function checkCounts(counts: readonly MergeCounts[], { key }: Table, racers: number): void {
  const sum = (of: 'rows' | 'inserted' | 'updated' | 'unchanged'): number =>
    counts.reduce((total, one) => total + one[of], 0);
  assert.equal(sum('rows'), 3 * racers);
  assert.equal(sum('inserted'), key.length === 0 ? 3 * racers : racers + 2);
  if (key.length === 0) return;
  assert.equal(sum('updated') + sum('unchanged'), 2 * (racers - 1));
  // The row that all want otherwise changes each time.
  assert(sum('updated') >= racers - 1);
}
