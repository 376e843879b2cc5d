import { ascending, type Emission, type Lines } from '@tidemill/kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { handClock } from '../../../test/fakes/hand-clock.ts';
import { MemoryBucket } from '../../../test/fakes/memory-bucket.ts';
import { keep } from './keep.ts';
import type { Commit, KeepOptions, Kept } from './kept.ts';
import { readManifest } from './manifest.ts';
import { readRecords } from './records.ts';

const START = { after: 0 };

/** A job whose runs may die: what is committed stays, and the next run goes on from there. */
class Job {
  readonly bucket = new MemoryBucket();
  readonly clock = handClock('2026-11-21T06:00:00Z');
  readonly committed: Commit[] = [];
  readonly notices: string[] = [];
  readonly #options: Partial<KeepOptions>;
  #runs = 0;
  cursor: { readonly after: number } = START;

  constructor(options: Partial<KeepOptions> = {}) {
    this.#options = options;
  }

  /** Takes so many steps, and dies in the middle of the next one; to the end if no number is given. */
  async run(emissions: AsyncIterable<Emission<unknown>>, steps = Number.POSITIVE_INFINITY): Promise<void> {
    let left = steps;
    for await (const step of this.#keep(emissions)) {
      if (left-- <= 0) return;
      if ('notice' in step) this.notices.push(step.notice);
      if (!isCommit(step)) continue;
      this.committed.push(step);
      this.cursor = (step.cursor?.value as typeof START | undefined) ?? this.cursor;
    }
  }

  #keep(emissions: AsyncIterable<Emission<unknown>>): AsyncIterable<Kept> {
    this.#runs += 1;
    return keep(emissions, {
      bucket: this.bucket,
      facts: {
        ...{ environment: 'local', job: 'job', service: 'service', data_type: 'things', run: 'run', attempt: 1 },
        ...{ slot: '2026-11-21T06:00:00.000Z', method: 'api_json' },
        interval: { start: '2026-11-20T06:00:00.000Z', end: '2026-11-21T06:00:00.000Z' },
        connector: { package: '@tidemill/service', version: '1.0.0' },
      },
      packagePrefix: `job.slot.${this.#runs}`,
      scope: 'changes',
      cursor: { version: 1, schema: z.object({ after: z.int() }), start: START },
      cursorBefore: this.cursor,
      cursorAtStart: this.cursor,
      again: 'swallowed',
      checkpoints: undefined,
      line: 'moves',
      previous: undefined,
      clock: this.clock,
      incomplete: 'refuse',
      ...this.#options,
    });
  }

  /** The texts of all records that were committed, in their order. */
  async records(): Promise<unknown[]> {
    const found: unknown[] = [];
    for (const { package: pack } of this.committed) {
      if (pack === undefined) continue;
      const manifest = await readManifest(this.bucket, pack.manifest);
      const records = (await Array.fromAsync(readRecords(this.bucket, manifest, {}))).flat();
      found.push(...records.map(({ text }) => JSON.parse(String(text))));
    }
    return found;
  }
}

const isCommit = (step: Kept): step is Commit =>
  !('read' in step || 'unchanged' in step || 'incomplete' in step || 'notice' in step);

const page = (...values: number[]): Lines => ({
  lines: values.map((at) => Buffer.from(JSON.stringify({ at }))),
  url: 'https://source.example/',
});

async function* told(...emissions: (Emission<unknown> | Error)[]): AsyncGenerator<Emission<unknown>> {
  for (const emission of emissions) {
    if (emission instanceof Error) throw emission;
    yield emission;
  }
}

/** Holds every part, and does not say so. */
function losingParts(): MemoryBucket {
  return new MemoryBucket((key) => {
    if (key.includes('/part-')) throw new Error('no answer');
  });
}

const recordsIn = (job: Job) => job.committed.map((commit) => [commit.package?.records, commit.cursor?.value]);

describe('checkpoints', () => {
  const steps = (count: number) =>
    Array.from({ length: count }, (_, index) => [page(index), { checkpoint: { after: index + 1 } }]).flat();

  it('become marks once 25 pages have been asked for, and at the end', async () => {
    const job = new Job();
    await job.run(told(...steps(60)));
    expect(recordsIn(job)).toEqual([
      [24, { after: 24 }],
      [24, { after: 48 }],
      [12, { after: 60 }],
    ]);
  });

  it('become marks as often as the stream declares', async () => {
    const byPages = new Job({ checkpoints: { pages: 3, seconds: 1000 } });
    await byPages.run(told(...steps(5)));
    expect(recordsIn(byPages).map(([records]) => records)).toEqual([2, 2, 1]);
    const byRecords = new Job({ checkpoints: { records: 4, seconds: 1000 } });
    await byRecords.run(
      told(page(1, 2, 3), { checkpoint: { after: 3 } }, page(4), { checkpoint: { after: 4 } }, page(5)),
    );
    expect(recordsIn(byRecords)).toEqual([
      [4, { after: 4 }],
      [1, undefined],
    ]);
  });

  it('become marks after half a minute, but a page alone never does', async () => {
    const job = new Job();
    async function* slow(): AsyncGenerator<Emission<unknown>> {
      for (const step of steps(5)) {
        yield step;
        if ('lines' in step) await job.clock.pass(20_000);
      }
    }
    await job.run(slow());
    expect(recordsIn(job).map(([records]) => records)).toEqual([2, 2, 1]);
  });

  it('become marks also where nothing came between them', async () => {
    const job = new Job();
    await job.run(told(...Array.from({ length: 30 }, (_, index) => ({ checkpoint: { after: index } }))));
    expect(recordsIn(job)).toEqual([
      [undefined, { after: 23 }],
      [undefined, { after: 29 }],
    ]);
  });

  it('keep what came when the reading breaks off right behind one, and only then', async () => {
    const broken = new Job();
    await expect(broken.run(told(...steps(3), new Error('gone')))).rejects.toThrow('gone');
    expect(recordsIn(broken)).toEqual([[3, { after: 3 }]]);
    const amid = new Job();
    await expect(amid.run(told(...steps(3), page(4), new Error('gone')))).rejects.toThrow('gone');
    expect(recordsIn(amid)).toEqual([]);
  });

  it.each([
    ['changes', {}],
    ['everything', { scope: 'everything', listing: { open: undefined } }],
  ] as const)('keep nothing of a package of %s with a part whose fate is not known', async (_, options) => {
    const bucket = losingParts();
    const job = new Job({ ...options, bucket, checkpoints: { pages: 1, seconds: 0 } });
    const emissions = told(page(1), { checkpoint: { after: 1 } }, { resume: 'next' }, page(2));
    await expect(job.run(emissions)).rejects.toThrow('no answer');
    expect(job.committed).toEqual([]);
    expect(await Array.fromAsync(bucket.list('bronze/'))).toHaveLength(1);
  });

  it('are no commits of a run that says everything, and no cursor behind a mark', async () => {
    const job = new Job({ scope: 'either', checkpoints: { pages: 1, seconds: 0 } });
    await job.run(told({ everything: true }, page(1), { checkpoint: { after: 1 } }, page(2), { mark: { after: 9 } }));
    expect(recordsIn(job)).toEqual([[2, { after: 9 }]]);
    const broken = new Job({ scope: 'everything' });
    const cut = told(page(1), { checkpoint: { after: 1 } }, new Error('gone'));
    await expect(broken.run(cut)).rejects.toThrow('gone');
    expect(recordsIn(broken)).toEqual([]);
  });

  it('go back to where the run began when the source is out of order, and are none from there on', async () => {
    const disorder = [...steps(2), { outOfOrder: 'https://source.example/' }, ...steps(1), page(7)];
    const job = new Job({ checkpoints: { pages: 2, seconds: 1000 } });
    await job.run(told(...disorder, { mark: { after: 9 } }));
    expect(recordsIn(job)).toEqual([
      [1, { after: 1 }],
      [1, { after: 2 }],
      [undefined, START],
      [2, { after: 9 }],
    ]);
    expect(job.notices).toEqual([expect.stringContaining('does not answer in the order')]);
    const early = new Job();
    await early.run(told(...disorder, { mark: { after: 9 } }));
    expect(recordsIn(early), 'nothing was committed yet').toEqual([[4, { after: 9 }]]);
  });

  it('end a run whose rows would be doubled by going back', async () => {
    const job = new Job({ again: 'doubles', checkpoints: { pages: 2, seconds: 1000 } });
    const run = job.run(told(...steps(2), { outOfOrder: 'https://source.example/' }));
    await expect(run).rejects.toMatchObject({ kind: 'source-changed', code: 'order-broken' });
  });
});

/** What a source holds, and where its pages end. */
interface World {
  readonly values: readonly number[];
  readonly pages: readonly number[];
}

interface Walk {
  requests: number;
}

const MOST_PAGES = 4;
const checkpoints = { pages: MOST_PAGES, seconds: 1_000_000 };

/** Asks for what is not below the cursor, page by page, as a connector does. */
function reading(values: readonly number[], pages: readonly number[], from: number, walk: Walk) {
  async function* asked(): AsyncGenerator<Lines, undefined> {
    const left = values.filter((value) => value >= from);
    for (let [at, turn] = [0, 0]; at < left.length; turn += 1) {
      const size = pages[turn % pages.length] ?? 1;
      walk.requests += 1;
      yield page(...left.slice(at, at + size));
      at += size;
    }
    return undefined;
  }
  return ascending(asked(), { by: 'at', cursorAt: (at) => ({ after: at }) });
}

/** Few values, so that many are the same. */
const world: fc.Arbitrary<World> = fc.record({
  values: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 60 }),
  pages: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 }),
});
const deaths = fc.array(fc.nat({ max: 60 }), { maxLength: 6 });

const sorted = (values: readonly unknown[]): number[] =>
  (values as { at: number }[]).map(({ at }) => at).sort((a, b) => a - b);

describe('a source in ascending order', () => {
  it('is read once and in its order, wherever runs die, and little is asked for again', async () => {
    await fc.assert(
      fc.asyncProperty(world, deaths, async ({ values, pages }, deaths) => {
        const inOrder = [...values].sort((a, b) => a - b);
        const job = new Job({ checkpoints });
        for (const steps of [...deaths, undefined]) {
          const walk = { requests: 0 };
          const before = job.committed.length;
          await job.run(reading(inOrder, pages, job.cursor.after, walk), steps);
          const isTied = new Set(values).size < values.length;
          if (steps !== undefined && !isTied && job.committed.length === before) {
            expect(walk.requests).toBeLessThanOrEqual(MOST_PAGES);
          }
          if (job.committed.at(-1)?.isLast === true) break;
        }
        expect((await job.records()).map((record) => (record as { at: number }).at)).toEqual(inOrder);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a source that is not in the order it declares', () => {
  it('loses nothing where no record comes a page too late, wherever runs die', async () => {
    const size = 4;
    const shaken = fc.array(fc.tuple(fc.integer({ min: 1, max: 100 }), fc.nat({ max: size - 1 })), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(shaken, deaths, async (drawn, deaths) => {
        const inOrder = drawn.sort(([a], [b]) => a - b).map(([value], index) => ({ value, index }));
        const late = drawn.map(([, delay]) => delay);
        // Nobody moves further than its delay: the place that a sort by the delayed index gives it is less than a page away.
        const source = inOrder
          .map((one) => ({ ...one, at: one.index + (late[one.index] ?? 0) }))
          .sort((a, b) => a.at - b.at || a.index - b.index)
          .map(({ value }) => value);
        const job = new Job({ checkpoints });
        for (const steps of [...deaths, undefined]) {
          await job.run(reading(source, [size], job.cursor.after, { requests: 0 }), steps);
          if (job.committed.at(-1)?.isLast === true) break;
        }
        const found = new Set(sorted(await job.records()));
        expect(source.filter((value) => !found.has(value))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('loses nothing, however wild it is, once a run has come to see it', async () => {
    await fc.assert(
      fc.asyncProperty(world, fc.nat({ max: 60 }), async ({ values, pages }, death) => {
        const job = new Job({ checkpoints });
        let seen = Number.POSITIVE_INFINITY;
        let steps = 0;
        async function* watched(from: AsyncIterable<Emission<unknown>>): AsyncGenerator<Emission<unknown>> {
          for await (const emission of from) {
            if ('outOfOrder' in emission) seen = steps;
            steps += 1;
            yield emission;
          }
        }
        await job.run(watched(reading(values, pages, 0, { requests: 0 })), death);
        const isSeen = job.notices.length > 0 && seen < steps - 1;
        if (isSeen || job.committed.at(-1)?.isLast === true) {
          await job.run(reading(values, pages, job.cursor.after, { requests: 0 }));
          const found = new Set(sorted(await job.records()));
          expect(values.filter((value) => !found.has(value))).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });
});
