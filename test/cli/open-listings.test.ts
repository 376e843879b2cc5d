/** Listings of everything that are broken off: the next run goes on in the same package, or begins it anew where anything has changed. */
import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { datedProject, query, readsOf, stateOf } from './dated.ts';
import type { Project } from './project.ts';

const BUCKET = '.tidemill/local/bucket';
const CRON = { cron: '0 */4 * * *', retry_attempts: 0, max_attempts: 10 };

const listingProject = (fields: object = {}): Promise<Project> => datedProject({ catalogue: { ...CRON, ...fields } });

const on = (time: string): string => `2026-11-21T${time}:00Z`;
const tick = (here: Project, time: string) => here.run(['tick', '--json'], { now: on(time) });

/** Registered, and broken off at its sixth page. */
async function brokenOff(fields: object = {}): Promise<Project> {
  const here = await listingProject(fields);
  await tick(here, '06:30');
  here.write('breaks_at', '6');
  await tick(here, '08:05');
  return here;
}

const filesOf = (here: Project, folder: string): string[] =>
  readdirSync(here.path(BUCKET), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.startsWith(folder) && /\.\w+$/.test(file))
    .sort();

interface Manifest {
  readonly scope: string;
  readonly records: number;
  readonly continued?: true;
  readonly parts: readonly { readonly key: string; readonly records: number }[];
}

const manifestsOf = (here: Project): Manifest[] =>
  filesOf(here, 'bronze/')
    .filter((file) => file.endsWith('manifest.json'))
    .map((file) => JSON.parse(readFileSync(join(here.path(BUCKET), file), 'utf8')));

const idsOf = async (here: Project) =>
  (await query(here, 'SELECT id FROM dated.catalogue ORDER BY id')).map(([id]) => Number(id));

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);
const pages = (from: number, to = 10): string[] =>
  upTo(to)
    .slice(from - 1)
    .map((page) => `page ${page}`);

describe('a listing that is broken off', () => {
  it('goes on where it was, and is one package of everything', async () => {
    const here = await brokenOff();
    expect([stateOf(here, 'catalogue').version, stateOf(here, 'catalogue').listing]).toMatchObject([
      3,
      { records: 10, until: '2026-11-21T14:05:00.000Z' },
    ]);
    expect((await here.run(['status', 'catalogue'], { now: on('08:10') })).stdout).toContain(
      'listing broken off: 10 records kept',
    );
    const { results } = (await tick(here, '09:05')).json();
    expect(results).toMatchObject([{ result: 'done', totals: { records: 20, inserted: 20 } }]);
    expect(results[0].notices).toEqual(['goes on with its listing, of which 10 records are kept already']);
    expect(readsOf(here)).toEqual([...pages(1, 6), ...pages(6)]);
    expect(manifestsOf(here)).toMatchObject([{ scope: 'everything', records: 20, continued: true }]);
    expect(await idsOf(here)).toEqual(upTo(20));
    expect(stateOf(here, 'catalogue')).toMatchObject({ version: 2, recent: [{ outcome: 'done' }] });
    expect(stateOf(here, 'catalogue').listing).toBeUndefined();
    expect(filesOf(here, '_tidemill/listings/')).toEqual([]);
  });

  it('is nothing that anybody loads, replays or verifies before it is whole', async () => {
    const here = await brokenOff();
    expect(manifestsOf(here)).toEqual([]);
    const nothing = await here.run(['replay', 'catalogue'], { now: on('08:10') });
    expect(nothing.stdout + nothing.stderr).toContain('no package in bronze');
    await tick(here, '09:05');
    for (const command of ['verify', 'replay']) expect((await here.run([command, 'catalogue'])).exit).toBe(0);
    const { stdout } = await here.run(['explain', 'dated.catalogue', '11'], { now: on('10:00') });
    expect(stdout).toContain('on page 6');
  });

  it('deletes what none of its runs has named, and nothing else', async () => {
    const here = await listingProject();
    here.write('things', '20');
    await tick(here, '06:30');
    await tick(here, '08:05');
    here.write('things', '17');
    here.write('breaks_at', '6');
    await tick(here, '12:05');
    expect(await idsOf(here), 'broken off').toEqual(upTo(20));
    await tick(here, '13:05');
    expect(await idsOf(here)).toEqual(upTo(17));
  });

  it('deletes nothing where the source has told another total than came in all', async () => {
    const here = await listingProject({ retry_attempts: 1 });
    here.write('things', '20');
    await tick(here, '06:30');
    await tick(here, '08:05');
    here.write('things', '18');
    here.write('breaks_at', '6');
    await tick(here, '12:05');
    here.write('things', '19');
    rmSync(here.path('reads'));
    await tick(here, '13:05');
    expect(readsOf(here), 'it is read again from the beginning').toEqual([...pages(6), ...pages(1)]);
    expect(await idsOf(here)).toEqual(upTo(19));
    expect(manifestsOf(here)).toHaveLength(2);
  });

  const changes: readonly (readonly [string, string, (here: Project) => unknown, readonly string[]])[] = [
    ['it is too late', 'its page token is too old', () => undefined, ['run', 'catalogue']],
    ['it is another slot', 'it was begun before this slot', () => undefined, ['tick']],
    [
      'everything is asked for',
      'everything is to be read again',
      () => undefined,
      ['run', 'catalogue', '--full-refresh'],
    ],
    [
      'somebody has looked',
      'everything is to be read again',
      () => undefined,
      ['run', 'catalogue', '--accept-deletes'],
    ],
    [
      'its options are others',
      'the connector, the options or the cursor have changed',
      (here) =>
        here.write(
          'ingestion-config.yaml',
          here
            .read('ingestion-config.yaml')
            .replace('"data_type":"catalogue"', '"data_type":"catalogue","options":{"letter":"b"}'),
        ),
      ['tick'],
    ],
    [
      'a part of it is gone',
      'what was kept of it is gone',
      (here) => rmSync(here.path(BUCKET, filesOf(here, 'bronze/').find((file) => file.endsWith('.gz')) ?? '')),
      ['tick'],
    ],
    [
      'a part of it is shorter',
      'what was kept of it is gone',
      (here) =>
        writeFileSync(here.path(BUCKET, filesOf(here, 'bronze/').find((file) => file.endsWith('.gz')) ?? ''), 'x'),
      ['tick'],
    ],
    [
      'what names it is damaged',
      'what was kept of it is gone',
      (here) => here.write(join(BUCKET, filesOf(here, '_tidemill/listings/')[0] ?? ''), '{}'),
      ['tick'],
    ],
  ];

  it.each(changes)('begins anew when %s', async (what, why, change, command) => {
    const here = await brokenOff();
    rmSync(here.path('reads'));
    change(here);
    const { [what]: now = '09:05' } = { 'it is too late': '14:06', 'it is another slot': '12:05' };
    const { stdout } = await here.run([...command, '--json'], { now: on(now) });
    const [result] = JSON.parse(stdout).results;
    expect(result.notices).toEqual([`begins its listing anew, of which 10 records were kept: ${why}`]);
    expect([result.result, readsOf(here)]).toEqual(['done', pages(1)]);
    expect(manifestsOf(here)).toMatchObject([{ records: 20 }]);
    expect(await idsOf(here)).toEqual(upTo(20));
    expect(filesOf(here, '_tidemill/listings/')).toEqual([]);
  });

  it('begins anew when the source does not know its page token any more; what came is kept as changes', async () => {
    const here = await brokenOff();
    rmSync(here.path('reads'));
    here.write('stale', '');
    await tick(here, '09:05');
    expect(readsOf(here), 'the token, the first page, and the second, which is stale as well').toEqual([
      'page 6',
      'page 1',
      'page 2',
    ]);
    rmSync(here.path('stale'));
    await tick(here, '10:05');
    expect(
      manifestsOf(here)
        .map(({ scope, records }) => [scope, records])
        .sort(),
    ).toEqual([
      ['changes', 10],
      ['everything', 20],
    ]);
    expect(await idsOf(here)).toEqual(upTo(20));
  });

  it('goes on when somebody runs the job by hand', async () => {
    const here = await brokenOff();
    await here.run(['run', 'catalogue'], { now: on('08:20') });
    expect(readsOf(here)).toEqual([...pages(1, 6), ...pages(6)]);
    expect(await idsOf(here)).toEqual(upTo(20));
  });

  it('is forgotten by a reset', async () => {
    const here = await brokenOff();
    rmSync(here.path('reads'));
    expect((await here.run(['reset', 'catalogue', '--reason', 'x', '--yes'], { now: on('08:30') })).exit).toBe(0);
    expect([stateOf(here, 'catalogue').version, stateOf(here, 'catalogue').listing]).toEqual([2, undefined]);
    await tick(here, '09:05');
    expect(readsOf(here)).toEqual(pages(1));
  });
});

describe('gc and a listing that is open', () => {
  it('keeps it as long as a run may go on in it, and finds it afterwards', async () => {
    const here = await brokenOff();
    for (const file of filesOf(here, 'bronze/')) utimesSync(here.path(BUCKET, file), 0, new Date(on('08:05')));
    const gc = async (now: string) => (await here.run(['gc', '--json'], { now })).json();
    const { orphans, kept } = await gc('2026-11-22T12:00:00Z');
    expect([orphans, kept]).toMatchObject([[], [{ why: 'a run may go on in it' }]]);
    const late = await gc('2026-11-23T12:00:00Z');
    expect(late.orphans).toHaveLength(1);
    await here.run(['gc', '--yes'], { now: '2026-11-23T12:00:00Z' });
    expect(filesOf(here, 'bronze/')).toEqual([]);
  });

  it('finds parts beside it that no run went on behind, and what named it', async () => {
    const here = await brokenOff();
    const [part = ''] = filesOf(here, 'bronze/');
    await tick(here, '09:05');
    const stray = part.replace(/[^/]+$/, 'dead.run/part-00009.ndjson.gz');
    here.write(join(BUCKET, stray), 'x');
    here.write(join(BUCKET, '_tidemill/listings/catalogue/dead-1.json'), '{}');
    const run = (...args: string[]) => here.run(['gc', ...args], { now: '2026-12-21T12:00:00Z' });
    const before = filesOf(here, '');
    expect((await run('--json')).json().orphans).toMatchObject([{ objects: 1 }, { objects: 1 }]);
    await run('--yes');
    const left = new Set(filesOf(here, ''));
    expect(before.filter((file) => !left.has(file))).toEqual(['_tidemill/listings/catalogue/dead-1.json', stray]);
    expect((await here.run(['replay', 'catalogue'], { now: '2026-12-21T12:00:00Z' })).exit).toBe(0);
    expect(await idsOf(here)).toEqual(upTo(20));
  });
});
