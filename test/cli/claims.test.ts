/** However many legs start at once for one slot, on whatever bucket: one runs, the rest say that it is covered. */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { updateState } from '../../orchestrator/state/store.ts';
import { LEG, peopleProject, startLeg, touch, until } from './legs.ts';
import type { Project } from './project.ts';
import { expectOneRun, oneOf, race, wordsOf } from './race.ts';
import { openPlace, type Place, type Store, startFaulty, stores } from './stores.ts';

const localPlace = (here: Project): Place => ({ location: here.path('.tidemill/local/bucket'), env: {} });

const LEGS = [2, 5, 20];

describe('legs that start at once, with the bucket in a folder', () => {
  it.each(LEGS)('%i of them', async (legs) => {
    const here = await peopleProject(undefined);
    expect(await race(here, localPlace(here), legs)).toEqual(oneOf(legs));
    await expectOneRun(here, localPlace(here));
  });

  it('five processes of their own', async () => {
    const here = await peopleProject(undefined);
    const legs = Array.from({ length: 5 }, () => startLeg(here, { TIDEMILL_TEST_BARRIER: here.path('barrier') }));
    await until('all stand at the barrier', () => barriersIn(here) === legs.length);
    touch(here, 'barrier');
    const ended = await Promise.all(legs.map((leg) => leg.ended));
    expect(ended.map(({ exit, stderr }) => [exit, stderr.includes('Error')])).toEqual(Array(5).fill([0, false]));
    const outcomes = ended.map((leg) => ({ ...leg, exit: 0, json: () => JSON.parse(leg.stdout) }));
    expect(wordsOf(outcomes)).toEqual(oneOf(5));
    await expectOneRun(here, localPlace(here));
  });

  const barriersIn = (here: Project): number =>
    readdirSync(here.folder).filter((name) => name.startsWith('barrier.')).length;
});

describe.each(Object.entries(stores))('legs that start at once, with the bucket at %s', (_, start) => {
  let store: Store;
  beforeAll(async () => {
    store = await start();
  });
  afterAll(() => store[Symbol.asyncDispose]());

  it.each(LEGS)('%i of them', async (legs) => {
    const place = store.create()(store.url);
    const here = await peopleProject(place);
    expect(await race(here, place, legs)).toEqual(oneOf(legs));
    await expectOneRun(here, place);
  });
});

const isWrite = ({ method }: { readonly method: string }): boolean => method === 'POST' || method === 'PUT';

describe.each(Object.entries(stores))('a claim whose answer is lost, at %s', (_, start) => {
  const faulty = async () => {
    const { store, proxy } = await startFaulty(start, onTestFinished);
    const at = store.create();
    return { proxy, place: at(proxy.url), here: await peopleProject(at(proxy.url)) };
  };

  it('is known again by the leg that wrote it', async () => {
    const { proxy, place, here } = await faulty();
    let writes = 0;
    proxy.use((request) => (isWrite(request) && writes++ === 0 ? 'lose-answer' : undefined));
    const outcome = await here.run(LEG, { env: place.env });
    expect(outcome.json().results).toMatchObject([{ result: 'done', attempt: 1 }]);
    expect(proxy.met).toBe(1);
    await expectOneRun(here, place);
  });

  it('among five leaves one that runs', async () => {
    const { proxy, place, here } = await faulty();
    let writes = 0;
    proxy.use((request) => (isWrite(request) && writes++ < 5 ? 'lose-answer' : undefined));
    expect(await race(here, place, 5)).toEqual(oneOf(5));
    await expectOneRun(here, place);
    expect(proxy.met).toBe(5);
  });

  it('is no claim when another leg has done the work meanwhile', async () => {
    const { proxy, place, here } = await faulty();
    let writes = 0;
    proxy.use((request) => (isWrite(request) && writes++ === 0 ? '503' : undefined));
    const late = await here.run(LEG, { env: place.env, clock: meanwhile(() => here.run(LEG, { env: place.env })) });
    expect([late.exit, late.json().results[0]]).toEqual([0, expect.objectContaining({ result: 'covered' })]);
    await expectOneRun(here, place);
  });

  it('is still known when a plan has changed the state since', async () => {
    const { proxy, place, here } = await faulty();
    let writes = 0;
    proxy.use((request) => (isWrite(request) && writes++ === 0 ? 'lose-answer' : undefined));
    const clock = meanwhile(() => rewrite(place));
    const outcome = await here.run(LEG, { env: place.env, clock });
    expect(outcome.json().results).toMatchObject([{ result: 'done', attempt: 1 }]);
    await expectOneRun(here, place);
  });
});

/** A clock by which somebody else does something while the leg first waits to try again. */
function meanwhile(action: () => Promise<unknown>) {
  let isDone = false;
  return {
    now: () => new Date('2026-11-21T06:30:00Z'),
    sleep: async (milliseconds: number, signal?: AbortSignal): Promise<void> => {
      // Renewals and time limits are far away.
      if (milliseconds >= 60_000) return new Promise((_, reject) => signal?.addEventListener('abort', reject));
      if (isDone) return;
      isDone = true;
      await action();
    },
  };
}

/** What a plan does that changes something else about the job. */
async function rewrite(place: Place): Promise<void> {
  const bucket = await openPlace(place);
  await updateState(bucket, 'people', (state) => ({ ...state }));
}
