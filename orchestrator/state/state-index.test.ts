import { gzipSync } from 'node:zlib';
import { TidemillError } from '@tidemill/kit';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryBucket } from '../../test/fakes/memory-bucket.ts';
import type { Bucket, ReadOptions } from '../storage/contract.ts';
import { keys } from '../storage/keys.ts';
import { readLines } from '../storage/ndjson.ts';
import { readText } from '../storage/text.ts';
import type { JobState } from './job-state.ts';
import { readRenamed } from './rename.ts';
import { type StateView, viewStates } from './state-index.ts';
import { readState, readStates, updateState } from './store.ts';

const TEXT = { contentType: 'text/plain' };

/** Counts what is read and listed. */
class Counted extends MemoryBucket {
  asked: string[] = [];

  override async read(key: string, options: ReadOptions = {}) {
    this.asked.push(key.replace(keys.statePrefix, ''));
    return super.read(key, options);
  }

  override list(prefix: string) {
    this.asked.push(`list ${prefix}`);
    return super.list(prefix);
  }
}

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `job_${index}`);
const jobs = ids(10).map((id) => ({ id, previous_ids: [] as string[] }));
/** What a view costs before any state is read. */
const LOOK = [`list ${keys.statePrefix}`, keys.stateIndex];

let bucket: Counted;

const change = (job: string, reason: string): Promise<unknown> =>
  updateState(bucket, job, (state) => ({ ...state, paused: { at: '2026-11-21T06:00:00.000Z', reason } }));

async function look(view: StateView, of: readonly { id: string; previous_ids: string[] }[] = jobs) {
  return readStates(of, (job) => readRenamed(bucket, job, view.read));
}

/** What is there, looked at through the index, and what that asked of the bucket. */
async function seen(few = 2) {
  bucket.asked = [];
  const view = await viewStates(bucket, jobs.length, few);
  const states = await look(view);
  return { ...states, view, asked: bucket.asked.toSorted() };
}

const truth = () => readStates(jobs, (job) => readRenamed(bucket, job));

const putIndex = (bytes: Uint8Array): Promise<unknown> => bucket.write(keys.stateIndex, bytes, TEXT);
const indexOf = (lines: readonly string[]): Uint8Array => gzipSync(`${lines.join('\n')}\n`);
const linesOfIndex = async (): Promise<string[]> =>
  (await Array.fromAsync(readLines(bucket, keys.stateIndex))).flat().map(String);

beforeEach(async () => {
  bucket = new Counted();
  for (const { id } of jobs) await change(id, 'first');
});

describe('the index of states', () => {
  it('costs a listing and one read, and a read for each state that has changed', async () => {
    const first = await seen();
    expect(first.asked).toEqual([...LOOK, ...ids(10).map((id) => `${id}.json`)].toSorted());
    await first.view.keep();
    expect((await seen()).asked).toEqual(LOOK.toSorted());
    await change('job_3', 'second');
    const { asked, states } = await seen();
    expect(asked).toEqual([...LOOK, 'job_3.json'].toSorted());
    expect(states.get('job_3')?.paused?.reason).toBe('second');
    expect({ states, faults: new Map() }).toEqual(await truth());
  });

  it('asks nothing about jobs that have no state', async () => {
    await (await seen()).view.keep();
    const view = await viewStates(bucket, 99, 2);
    bucket.asked = [];
    const { states } = await look(view, [...jobs, { id: 'new', previous_ids: ['older', 'oldest'] }]);
    expect([states.has('new'), bucket.asked]).toEqual([false, []]);
  });

  it('is not used for a few jobs, nor where reading is near', async () => {
    expect((await seen(10)).asked).toEqual(ids(10).map((id) => `${id}.json`));
    bucket.asked = [];
    expect((await look(await viewStates(methods(bucket), 1000, 2))).states.size).toBe(10);
    expect(bucket.asked.toSorted()).toEqual(ids(10).map((id) => `${id}.json`));
  });

  it('is written only where it saves much', async () => {
    const first = await seen();
    await first.view.keep();
    const before = (await readText(bucket, keys.stateIndex))?.version;
    await change('job_1', 'second');
    await (await seen()).view.keep();
    expect((await readText(bucket, keys.stateIndex))?.version).toBe(before);
    for (const job of ['job_1', 'job_2', 'job_3']) await change(job, 'third');
    await (await seen()).view.keep();
    expect((await readText(bucket, keys.stateIndex))?.version).not.toBe(before);
    expect((await seen()).asked).toEqual(LOOK.toSorted());
  });

  it('takes a renamed job to the state under its older id', async () => {
    await (await seen()).view.keep();
    const view = await viewStates(bucket, 99, 2);
    bucket.asked = [];
    const { states } = await look(view, [{ id: 'renamed', previous_ids: ['job_4'] }]);
    expect([states.get('renamed')?.job, bucket.asked]).toEqual(['job_4', []]);
  });

  it('has no states that cannot be read, and the fault is told each time', async () => {
    await bucket.write(keys.state('job_2'), Buffer.from('{'), TEXT);
    for (let look = 0; look < 2; look += 1) {
      const { states, faults, view } = await seen();
      expect([states.size, [...faults.keys()]]).toEqual([9, ['job_2']]);
      await view.keep();
    }
  });

  it('does not believe its own time: what changes while it looks is read as it is then', async () => {
    const view = await viewStates(bucket, jobs.length, 2);
    await change('job_5', 'meanwhile');
    await bucket.remove(keys.state('job_6'));
    const { states } = await look(view);
    expect([states.get('job_5')?.paused?.reason, states.has('job_6')]).toEqual(['meanwhile', false]);
    await view.keep();
    expect((await linesOfIndex()).filter((line) => /^job_[56]\t/.test(line))).toEqual([]);
    expect((await seen()).asked).toEqual([...LOOK, 'job_5.json'].toSorted());
  });
});

describe('an index that is no use', () => {
  beforeEach(async () => {
    await (await seen()).view.keep();
    await change('job_7', 'later');
  });

  const twisted: readonly [string, (lines: readonly string[]) => Uint8Array][] = [
    ['is empty', () => Buffer.alloc(0)],
    ['is not packed', (lines) => Buffer.from(lines.join('\n'))],
    ['is cut short', (lines) => indexOf(lines).subarray(0, -20)],
    ['is of another form', ([, ...lines]) => indexOf(['tidemill state index 2', ...lines])],
    ['has no form', ([, ...lines]) => indexOf(lines)],
    ['is prose', () => indexOf(['tidemill state index 1', 'once upon a time', '', '\t\t\t'])],
    ['is not text', () => gzipSync(Buffer.from([0xff, 0xfe, 0x0a, 0x09]))],
    ['has other states', (lines) => indexOf(lines.map((line) => line.replace(/\{.*/, '{"version":2}')))],
    [
      'has states of a newer version',
      (lines) => indexOf(lines.map((line) => line.replace('"version":2', '"version":99'))),
    ],
    ['has no JSON', (lines) => indexOf(lines.map((line) => line.replace(/\{.*/, '{')))],
    ['mixes up the jobs', (lines) => indexOf(lines.map((line) => line.replace(/^job_(\d)/, (_, n) => `job_${9 - n}`)))],
    [
      'has each state under another job',
      (lines) => {
        const states = lines.map((line) => line.replace(/^[^{]*/, ''));
        return indexOf(lines.map((line, at) => line.replace(/\{.*/, states[(at % 10) + 1] ?? '')));
      },
    ],
    ['has versions of another time', (lines) => indexOf(lines.map((line) => line.replace(/\t\d+\t/, '\t0\t')))],
  ];

  it.each(twisted)('for it %s, changes nothing of what is seen', async (_, twist) => {
    await putIndex(twist(await linesOfIndex()));
    const { states, faults, view } = await seen();
    expect({ states, faults }).toEqual(await truth());
    await view.keep();
    expect((await seen()).asked.length).toBeLessThanOrEqual(LOOK.length + 1);
  });

  it('for it is gone, changes nothing either', async () => {
    await bucket.remove(keys.stateIndex);
    const { states, faults } = await seen();
    expect({ states, faults }).toEqual(await truth());
  });
});

const methods = (from: Bucket): Bucket => ({
  url: from.url,
  read: (...read) => from.read(...read),
  write: (...write) => from.write(...write),
  list: (prefix) => from.list(prefix),
  remove: (key) => from.remove(key),
  check: () => from.check(),
});

describe('a bucket that', () => {
  const refused = (kind: 'auth' | 'transient') => new TidemillError(kind, 'bucket-forbidden', 'not for you');
  const view = async (changes: Partial<Bucket>) => {
    const odd = { ...methods(bucket), isRemote: true, ...changes } as const;
    return viewStates(odd, jobs.length, 2);
  };
  const failing = (kind: 'auth' | 'transient') => ({
    // biome-ignore lint/correctness/useYield: it fails before there is anything.
    async *list() {
      throw refused(kind);
    },
  });

  it('lets nobody list is read as if there were no index', async () => {
    expect(await look(await view(failing('auth')))).toEqual(await truth());
  });

  it('is away says so', async () => {
    await expect(view(failing('transient'))).rejects.toMatchObject({ kind: 'transient' });
  });

  it('takes no index is none the worse', async () => {
    const write: Bucket['write'] = async (key, ...rest) => {
      if (key === keys.stateIndex) throw refused('auth');
      return bucket.write(key, ...rest);
    };
    const odd = await view({ write });
    expect(await look(odd)).toEqual(await truth());
    await odd.keep();
  });
});

it('shows what is there, whatever plans, legs and accidents have done before', async () => {
  const id = fc.constantFrom(...ids(6));
  const step = fc.oneof(
    fc.record({ does: fc.constantFrom('changes', 'changes', 'removes', 'breaks', 'renames'), id }),
    fc.record({ does: fc.constantFrom('plans', 'plans', 'looks', 'twists', 'forgets'), id }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      bucket = new Counted();
      let older: Uint8Array | undefined;
      for (const [turn, { does, id: job }] of steps.entries()) {
        if (does === 'changes') await change(job, `at ${turn}`).catch(() => undefined);
        if (does === 'removes') await bucket.remove(keys.state(job));
        if (does === 'breaks') await bucket.write(keys.state(job), Buffer.from('{'), TEXT);
        if (does === 'renames')
          await updateState(bucket, job, (state): JobState => ({ ...state, moved_to: 'job_0' })).catch(() => undefined);
        if (does === 'forgets') await bucket.remove(keys.stateIndex);
        // An index of another time, as of a plan that was slow.
        if (does === 'twists' && older !== undefined) await putIndex(older);
        if (does !== 'plans' && does !== 'looks') continue;
        const before = await bucket.read(keys.stateIndex);
        if (before !== undefined && turn % 2 === 0) older = Buffer.concat(await Array.fromAsync(before.body));
        const view = await viewStates(bucket, 99, 0);
        for (const each of ids(6)) {
          const [ours, theirs] = [view.read(each), readState(bucket, each)].map((read) =>
            read.then(
              ({ state }) => state,
              (error: TidemillError) => error.code,
            ),
          );
          expect(await ours).toEqual(await theirs);
        }
        if (does === 'plans') await view.keep();
      }
    }),
    { seed: 20261121, numRuns: 300 },
  );
});
