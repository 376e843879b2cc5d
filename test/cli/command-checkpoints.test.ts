/** What a command has printed before it ended in the middle: kept up to its last checkpoint, and not asked for again. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { query, stateOf } from './dated.ts';
import { configOf, type Project, project } from './project.ts';
import { breakAfter, on, quarters, quartersProject, readsOf, rowsOf } from './quarters.ts';

const tick = (here: Project, day: number, time: string) => here.run(['tick', '--json'], { now: on(day, time) });

/** The intervals in the manifests of a job, in their order. */
function spansOf(here: Project): string[] {
  const folder = here.path('.tidemill/local/bucket/bronze/example/quarters');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('manifest.json'),
  );
  const spans = files.map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')).interval);
  return spans.map(({ start, end }) => `${start} ${end}`.replaceAll(':00.000Z', '')).sort();
}

describe('a command that reads its interval', () => {
  it('goes on behind its last checkpoint, in the next attempt', async () => {
    const here = await quartersProject();
    breakAfter(here, 2);
    await tick(here, 20, '11:05');
    expect(stateOf(here, 'quarters').read_through).toBe('2026-11-20T10:30:00.000Z');
    await tick(here, 20, '11:20');
    expect(readsOf(here)).toEqual(['2026-11-20T10:00 2026-11-20T11:00', '2026-11-20T10:30 2026-11-20T11:00']);
    expect(await rowsOf(here)).toEqual(quarters(on(20, '10:00'), on(20, '11:00')));
    expect(spansOf(here), 'each package says what it was read for').toEqual([
      '2026-11-20T10:00 2026-11-20T10:30',
      '2026-11-20T10:30 2026-11-20T11:00',
    ]);
    await tick(here, 20, '12:05');
    expect(await rowsOf(here)).toEqual(quarters(on(20, '10:00'), on(20, '12:00')));
  });

  it('goes on there when the same leg tries it again, piece by piece', async () => {
    const here = await quartersProject({ retry_attempts: 1, max_interval: '30m' });
    breakAfter(here, 1);
    await tick(here, 20, '11:05');
    expect(readsOf(here)).toEqual([
      '2026-11-20T10:00 2026-11-20T10:30',
      '2026-11-20T10:15 2026-11-20T10:30',
      '2026-11-20T10:30 2026-11-20T11:00',
    ]);
    expect(await rowsOf(here)).toEqual(quarters(on(20, '10:00'), on(20, '11:00')));
  });

  it('goes on there in a backfill', async () => {
    const here = await quartersProject();
    const backfill = [
      'backfill',
      'quarters',
      '--from',
      '2026-11-19T10:00:00Z',
      '--to',
      '2026-11-19T12:00:00Z',
      '--json',
    ];
    breakAfter(here, 3);
    await here.run(backfill, { now: on(20, '10:10') });
    expect(stateOf(here, 'quarters').backfill?.through).toBe('2026-11-19T10:45:00.000Z');
    await here.run(['backfill', 'quarters'], { now: on(20, '10:20') });
    expect(readsOf(here)[1]).toBe('2026-11-19T10:45 2026-11-19T11:00');
    expect(stateOf(here, 'quarters').backfill).toBeUndefined();
    expect(await rowsOf(here)).toEqual(quarters('2026-11-19T10:00:00Z', '2026-11-19T12:00:00Z'));
  });

  it('keeps nothing of a slot that is read again, where nobody would know how far it came', async () => {
    const here = await quartersProject({ primary_key: ['quarter'] });
    await tick(here, 20, '11:05');
    breakAfter(here, 2);
    const again = ['run', 'quarters', '--slot', '2026-11-20T11:00:00Z'];
    await here.run(again, { now: on(20, '11:20') });
    await here.run(again, { now: on(20, '11:30') });
    expect(readsOf(here).slice(1)).toEqual(['2026-11-20T10:00 2026-11-20T11:00', '2026-11-20T10:00 2026-11-20T11:00']);
    expect(spansOf(here)).toHaveLength(2);
  });
});

/** Prints pages of two from the one that its cursor names, says which comes next, and stumbles at the page in `breaks_at`. */
const PAGES = `n=$(cat "$TIDEMILL_CURSOR_FILE"); n=\${n:-1}; echo "$n" >> reads
while [ "$n" -le 6 ]; do
  if [ "$n" = "$(cat breaks_at)" ]; then echo 0 > breaks_at; exit 75; fi
  printf '%s\\n' "{\\"page\\": $n}" "{\\"page\\": $n}" "$TIDEMILL_CHECKPOINT cursor $((n + 1))"
  n=$((n + 1))
done`;

describe('a command that goes on from a cursor', () => {
  it.each([0, 1])('finds there what its last checkpoint says, with %i tries more in a leg', async (retry_attempts) => {
    const pages = { command: PAGES, columns: { page: 'integer' }, retry_attempts };
    const here = await project({ 'ingestion-config.yaml': configOf({ pages }), breaks_at: '4\n' });
    const { results } = (await here.run(['run', 'pages', '--json'])).json();
    expect(results[0].result).toBe(retry_attempts === 0 ? 'failed' : 'done');
    if (retry_attempts === 0) {
      expect(stateOf(here, 'pages').cursor?.value).toBe('4');
      await here.run(['run', 'pages']);
    }
    expect(here.read('reads').trim().split('\n')).toEqual(['1', '4']);
    expect(stateOf(here, 'pages').cursor?.value, 'the last one stands where the file was left alone').toBe('7');
    const counted = await query(here, 'SELECT page, count(*) FROM example.pages GROUP BY page ORDER BY page');
    expect(counted).toEqual([1, 2, 3, 4, 5, 6].map((page) => [String(page), '2']));
  });

  it('is told what to write when its line is none', async () => {
    const command = 'echo "{}"; echo "$TIDEMILL_CHECKPOINT 7"';
    const here = await project({ 'ingestion-config.yaml': configOf({ pages: { command } }) });
    const { exit, stdout, stderr } = await here.run(['run', 'pages']);
    expect([exit, stdout + stderr]).toEqual([5, expect.stringContaining('$TIDEMILL_CHECKPOINT cursor TEXT')]);
  });
});
