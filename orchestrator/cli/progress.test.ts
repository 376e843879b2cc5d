import { expect, it } from 'vitest';
import type { Happening } from '../events/run-event.ts';
import { emptyState } from '../state/transitions.ts';
import { showProgress } from './progress.ts';

const BEGUN = Date.parse('2026-11-21T06:10:00Z');
const INTERVAL = { start: '2026-11-20T06:00:00Z', end: '2026-11-21T06:00:00Z' };

it('off a terminal, who waits for crawls is told where they stand, and seldom the same again', () => {
  let now = BEGUN;
  const told: string[] = [];
  const output = { write: (text: string) => void told.push(text), isLive: false, columns: 80 };
  const clock = { now: () => new Date(now), sleep: async () => undefined };
  const view = showProgress(output, clock, ['pages']);
  const hear = (seconds: number, happening: Happening): void => {
    now = BEGUN + seconds * 1000;
    view.on({ job: 'pages', slot: INTERVAL.end, run: 'r', at: new Date(now).toISOString(), ...happening });
  };
  const service = { service: 'shop', data_type: 'pages', environment: 'local', description: '' };
  hear(0, { type: 'started', ...service, mode: 'incremental', interval: INTERVAL, tolerance_minutes: 1 });
  hear(0, { type: 'claimed', attempt: 1, interval: INTERVAL, targets: ['main'], state: emptyState('pages') });
  for (const target of ['a', 'b']) hear(1, { type: 'crawled', crawl: `pages.x.${target}`, target, status: 'polling' });
  // Two looks a minute, for half an hour.
  const request = { type: 'requested', method: 'GET', url: 'https://example.org', status: 200 } as const;
  for (let seconds = 30; seconds <= 1800; seconds += 30) hear(seconds, request as unknown as Happening);
  hear(1830, { type: 'crawled', crawl: 'pages.x.a', target: 'a', status: 'done' });
  const waiting = 'pages  extract  2 crawls: 2 polling';
  const lines = told.join('').trimEnd().split('\n');
  expect(lines.slice(0, 2)).toEqual(['pages  extract', waiting]);
  expect(lines.at(-1)).toBe('pages  extract  2 crawls: 1 done, 1 polling');
  expect(lines.filter((line) => line === waiting)).toHaveLength(6);
});
