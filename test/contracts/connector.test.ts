import { describe, expect, it } from 'vitest';
import { type Reply, type SeenRequest, startFakeHttp } from '../fakes/http-server.ts';
import { choose, faults } from '../fixtures/connectors/broken.ts';
import type { Event } from '../fixtures/connectors/sound.ts';
import { type ConnectorTrial, connectorChecks, connectorContract, type SourceFake, subjectsOf } from './connector.ts';

const PAGE = 2;

const event = (id: number, minute: number): Event => ({
  id: `e${id}`,
  name: id % 2 === 0 ? 'even' : 'odd',
  at: `2026-11-20T12:${String(minute).padStart(2, '0')}:00.000Z`,
});

const first = [event(1, 1), event(2, 2), event(3, 3), event(4, 4), event(5, 5)];
// The sixth happened in the very moment that the first run ended with.
const later = [...first, event(6, 5), event(7, 7)];
const many = Array.from({ length: 120 }, (_, day) => ({
  ...event(day, 0),
  at: new Date(Date.UTC(2026, 6, 1 + day)).toISOString(),
}));
const malformed = [event(1, 1), { ...event(2, 2), name: 2 }, ...first.slice(2)];

async function openSource(): Promise<SourceFake<readonly unknown[]>> {
  const server = await startFakeHttp();
  return {
    baseUrl: server.url,
    publish: (contents) => server.serve((request) => answer(request, contents as readonly Event[])),
    close: () => server.close(),
  };
}

function answer({ path, query }: SeenRequest, all: readonly Event[]): Reply | undefined {
  const { since = '', page = '' } = query;
  const found = all.filter(({ at }) => Date.parse(at) >= Date.parse(since));
  return path === '/events' ? { json: found.slice((Number(page) - 1) * PAGE, Number(page) * PAGE) } : undefined;
}

const trialOf = (module: string): ConnectorTrial<readonly unknown[]> => ({
  module: new URL(`../fixtures/connectors/${module}`, import.meta.url),
  open: openSource,
  streams: {
    events: {
      first: { contents: first, rows: 5 },
      later: { contents: later, rows: 7 },
      malformed: { contents: malformed, rows: 4 },
      paged: { contents: many },
      cut: first.slice(0, PAGE),
    },
  },
});

await connectorContract('a sound connector', trialOf('sound.ts'));

describe('the connector contract notices', () => {
  it.each(Object.entries(faults).map(([fault, [, breaks]]) => ({ fault, breaks })))(
    '$fault',
    async ({ fault, breaks }) => {
      choose(fault);
      const [subject] = await subjectsOf(trialOf('broken.ts'));
      const check = connectorChecks.find(({ promise }) => promise === breaks);
      if (subject === undefined || check === undefined) throw new Error(`no check promises that it ${breaks}`);
      expect(check.concerns(subject)).toBe(true);
      await expect(check.run(subject)).rejects.toThrow();
    },
  );

  /** Broken in the test of streams of crawls. */
  const ofCrawls = 'pays for a crawl once, wherever it is killed and run again';

  it('each of its promises being broken', () => {
    const broken = new Set([...Object.values(faults).map(([, breaks]) => breaks), ofCrawls]);
    expect(connectorChecks.map(({ promise }) => promise).filter((promise) => !broken.has(promise))).toEqual([]);
  });

  it('a stream without a trial', async () => {
    await expect(subjectsOf({ ...trialOf('sound.ts'), streams: {} })).rejects.toThrow('every stream has one trial');
  });
});
