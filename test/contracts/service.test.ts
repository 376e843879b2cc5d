import { describe, expect, it } from 'vitest';
import { type GoogleApi, startGoogle } from '../fakes/google.ts';
import { SCOPES } from '../fakes/google-accounts.ts';
import type { Reply, SeenRequest } from '../fakes/http-server.ts';
import { choose, faults } from '../fixtures/account/broken.ts';
import type { Change } from '../fixtures/account/index.ts';
import { checksOf, leftOpen, type ServiceTrial, serviceContract, serviceSubjectsOf } from './service.ts';
import { type PromiseName, promises } from './service-promises.ts';

interface Series {
  readonly length: number;
  at(index: number): unknown;
}

interface Contents {
  readonly changes: Series;
  readonly pageSize: number;
}

/** Changes in their order, from the instant on, page by page. */
class EventsApi implements GoogleApi<Contents> {
  readonly hasErrors = true;
  readonly scopeOf = () => SCOPES.events;
  #contents: Contents = { changes: [], pageSize: 2 };

  publish(contents: Contents): void {
    this.#contents = contents;
  }

  answer({ path, query }: SeenRequest): Reply | undefined {
    const { since = '', page = '1' } = query;
    const { changes, pageSize } = this.#contents;
    const found = Array.isArray(changes)
      ? (changes as readonly Change[]).filter(({ changed }) => Date.parse(changed) >= Date.parse(since))
      : changes;
    const from = (Number(page) - 1) * pageSize;
    const length = Math.max(0, Math.min(pageSize, found.length - from));
    return path === '/events' ? { json: Array.from({ length }, (_, index) => found.at(from + index)) } : undefined;
  }
}

const minute = (number: number): string => new Date(Date.UTC(2026, 10, 20, 12, number)).toISOString();
const change = (id: number, more: object = {}) => ({
  id: `e${id}`,
  changed: minute(id),
  name: `Event ${id}`,
  at: minute(id),
  ...more,
});
const { name: _, ...nameless } = change(3);

const first = [change(1), change(2), change(3), change(4), change(5)];
const are = (changes: readonly object[], rows: number) => ({ contents: { changes, pageSize: 2 }, rows });

const trialOf = (module: string): ServiceTrial<Contents> => ({
  module: new URL(`../fixtures/account/${module}`, import.meta.url),
  open: () => startGoogle('account', new EventsApi()),
  streams: {
    events: {
      first: are(first, 5),
      news: are([...first, change(6), change(7), change(8)], 8),
      late: are([...first, change(0, { changed: minute(9) })], 6),
      edited: are([...first.slice(1), change(1, { changed: minute(9), name: 'Event one' })], 5),
      deleted: are([...first.slice(1), { id: 'e1', changed: minute(9), gone: true }], 4),
      empty: are([], 0),
      without: are([...first.slice(0, 2), nameless, ...first.slice(3)], 4),
      retyped: are([...first.slice(0, 2), change(3, { name: 3 }), ...first.slice(3)], 4),
      paged: are(
        Array.from({ length: 130 }, (_, id) => change(id)),
        130,
      ),
      many: (length) => ({
        contents: { changes: { length, at: (index) => change(index) }, pageSize: 1000 },
        rows: length,
      }),
    },
  },
});

await serviceContract('a sound service', trialOf('index.ts'));

describe('the service contract notices', () => {
  it.each(Object.entries(faults).map(([fault, [, breaks]]) => ({ fault, breaks })))(
    '$fault',
    async ({ fault, breaks }) => {
      choose(fault);
      const [subject] = await serviceSubjectsOf(trialOf('broken.ts'));
      const check = subject && checksOf(subject).find(({ promise }) => promise === promises[breaks]);
      if (check === undefined) throw new Error(`no check promises that it ${promises[breaks]}`);
      await expect(check.run()).rejects.toThrow(expect.objectContaining({ name: 'AssertionError' }));
    },
  );

  /** Broken in the test of the connector contract. */
  const ofConnectors: readonly PromiseName[] = [
    ...(['first-run', 'no-news', 'news', 'killed', 'killed-midway', 'field-retyped'] as const),
  ];

  it('each of its promises being broken', () => {
    const broken = new Set([...ofConnectors, ...Object.values(faults).map(([, breaks]) => breaks)]);
    expect(Object.keys(promises).filter((name) => !broken.has(name as PromiseName))).toEqual([]);
  });

  it('a trial that leaves a promise open, or says of one that it is tried and impossible', async () => {
    const [subject] = await serviceSubjectsOf(trialOf('index.ts'));
    if (subject === undefined) throw new Error('no stream');
    const { late: _, ...silent } = subject.trial;
    const cannot = { edited: 'Nothing is ever edited.' };
    expect(leftOpen({ ...subject, trial: { ...silent, cannot } })).toEqual(['late', 'edited']);
  });

  it('a README that does not say what cannot be had', async () => {
    const trial = trialOf('index.ts');
    const { late: _, ...silent } = trial.streams['events']!;
    const lookFor = async (reason: string): Promise<void> => {
      const streams = { events: { ...silent, cannot: { late: reason } } };
      const [subject] = await serviceSubjectsOf({ ...trial, streams });
      await checksOf(subject!)
        .find(({ promise }) => promise === promises.late)!
        .run();
    };
    await expect(lookFor('Nothing is ever late.')).rejects.toThrow('the README does not say');
    await expect(lookFor('A service with an account,\n  for the tests')).resolves.toBeUndefined();
  });

  it('a service without a largest stream', async () => {
    const trial = trialOf('index.ts');
    const { many: _, ...small } = trial.streams['events']!;
    await expect(serviceSubjectsOf({ ...trial, streams: { events: small } })).rejects.toThrow('the largest');
  });
});
