import { expect, it } from 'vitest';
import type { JobState } from '../state/job-state.ts';
import { redacted } from './redacted.ts';
import type { Happening } from './run-event.ts';

const WORD = 'open sesame';
const request = { method: 'GET', url: `https://example.org/${WORD}`, headers: { 'content-type': `text/${WORD}` } };
const said = { kind: 'auth', code: 'sesame-code', message: WORD, hint: WORD, exit: 3, who: 'you' } as const;
const failure = { ...said, request };
const counts = { rows: 1, inserted: 1, updated: 0, unchanged: 0, duplicates: 0, deleted: 0, deletions: 0 };

/** One of each kind, with the secret wherever a text comes from outside. */
const told: { readonly [Type in Happening['type']]: Extract<Happening, { type: Type }> } = {
  started: {
    ...{ type: 'started', service: 'sesame', data_type: 'things', environment: 'dev', mode: 'full' },
    interval: { start: '2026-11-20T06:00:00.000Z', end: '2026-11-21T06:00:00.000Z' },
    ...{ tolerance_minutes: 60, description: WORD },
  },
  claimed: {
    type: 'claimed',
    attempt: 1,
    interval: { start: '2026-11-20T06:00:00.000Z', end: '2026-11-21T06:00:00.000Z' },
    targets: ['main'],
    state: {} as JobState,
  },
  notice: { type: 'notice', message: WORD },
  said: { type: 'said', line: WORD },
  requested: { type: 'requested', method: 'GET', url: `https://example.org/?q=${WORD}`, status: 200 },
  unchanged: { type: 'unchanged', what: WORD },
  page_read: { type: 'page_read', records: 1 },
  crawled: { type: 'crawled', crawl: 'sesame', target: 'sesame', status: 'failed', reason: WORD },
  committed: { type: 'committed', package: 'sesame-1', manifest: 'bronze/sesame', records: 1, bytes: 1 },
  rows_mapped: { type: 'rows_mapped', rows: 1 },
  rejected: {
    type: 'rejected',
    package: 'sesame-1',
    records: 1,
    quarantine: 'quarantine/sesame',
    reasons: [{ reason: WORD, records: 1 }],
  },
  loaded: { type: 'loaded', target: 'sesame', package: 'sesame-1', scope: 'changes', records: 1, rejected: 0, counts },
  drifted: { type: 'drifted', added: ['sesame'], missing: [] },
  changed: {
    type: 'changed',
    object: 'changes/sesame/rows/dt=2026-11-21/sesame-1.ndjson.gz',
    ...{ inserted: 1, updated: 1, deleted: 0, moved: 0, split: 0 },
    columns: { sesame: 1 },
    shown: [WORD],
  },
  gate_unmet: { type: 'gate_unmet', gate: WORD },
  done: { type: 'done', superseded: 0 },
  parked: { type: 'parked', reason: 'waiting', open: 1, of: 1, next_poll_at: '2026-11-21T07:00:00.000Z' },
  covered: { type: 'covered', reason: 'another run is at it' },
  stopped: { type: 'stopped', reason: WORD },
  failed: { type: 'failed', failure, frames: [`at ${WORD}`], is_settled: false, outlook: 'what comes next' },
};

it.each(Object.values(told))('takes a secret out of what came from outside: $type', (happening) => {
  const clean = redacted(happening, (text) => text.replaceAll(WORD, '***'));
  expect(JSON.stringify(clean)).toBe(JSON.stringify(happening).replaceAll(WORD, '***'));
});
