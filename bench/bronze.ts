/** Answers → bronze, against the same answers through JSON, which is parsed and printed, and gzip alone. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGzip } from 'node:zlib';
import type { Emission } from '@tidemill/kit';
import { readJson } from '@tidemill/kit/http-json';
import { keep } from '../orchestrator/run/bronze/keep.ts';
import { openLocalBucket } from '../orchestrator/storage/local/driver.ts';
import { median, type Row, timed, times } from './measure.ts';
import { sampleRecord } from './records.ts';

const PAGES = 300;
const PAGE = 500;
const DIFFERENT = 10;

/** Some pages, as a source answers them. */
const answers: readonly Buffer[] = Array.from({ length: DIFFERENT }, (_, page) => {
  const items = Array.from({ length: PAGE }, (_, index) => sampleRecord(page * PAGE + index));
  return Buffer.from(JSON.stringify({ items, next: `https://example.org/activities?page=${page + 1}` }));
});

/** Each a copy: an answer belongs to whoever reads it. */
function* pages(): Generator<Buffer> {
  for (let page = 0; page < PAGES; page += 1) yield Buffer.from(answers[page % DIFFERENT] ?? []);
}

/** The least that a way to bronze must do that reads the records. */
async function jsonAndGzip(): Promise<void> {
  const gzip = createGzip();
  gzip.resume();
  for (const answer of pages()) {
    const { items } = JSON.parse(answer.toString()) as { items: unknown[] };
    const text = `${items.map((record) => JSON.stringify(record)).join('\n')}\n`;
    if (!gzip.write(text)) await once(gzip, 'drain');
  }
  gzip.end();
  await once(gzip, 'end');
}

async function extractToBronze(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-bench-'));
  async function* emissions(): AsyncIterable<Emission<unknown>> {
    for (const answer of pages()) {
      const { lines } = readJson(answer, ['items'], 'application/json', 'the bench');
      yield { lines: lines.items, url: 'https://example.org/activities' };
    }
  }
  const commits = keep(emissions(), {
    bucket: openLocalBucket(folder),
    facts: {
      environment: 'local',
      job: 'bench',
      service: 'bench',
      data_type: 'activities',
      slot: 'manual-bench',
      interval: { start: '2026-01-01T00:00:00.000Z', end: '2026-01-02T00:00:00.000Z' },
      run: 'bench',
      attempt: 1,
      method: 'api_json',
      connector: { package: 'bench', version: '0' },
    },
    packagePrefix: 'bench',
    scope: 'changes',
    cursor: undefined,
    cursorBefore: undefined,
    cursorAtStart: undefined,
    again: 'swallowed',
    checkpoints: undefined,
    line: 'moves',
    previous: undefined,
    incomplete: 'refuse',
    clock: { now: () => new Date() },
  });
  for await (const _ of commits);
  await rm(folder, { recursive: true });
}

export async function bronzeRow(): Promise<Row> {
  const limit = await median(3, () => timed(jsonAndGzip));
  const ours = await median(3, () => timed(extractToBronze));
  const rate = (milliseconds: number): string => `${Math.round((PAGES * PAGE) / milliseconds)}k records/s`;
  const ratio = limit / ours;
  return {
    what: 'extract → bronze',
    measured: rate(ours),
    limit: `${rate(limit)} JSON + gzip`,
    ratio: times(ratio),
    budget: '≥ 1 ×',
    isMet: ratio >= 1,
  };
}
