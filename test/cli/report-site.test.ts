import { existsSync, readdirSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configOf, project } from './project.ts';
import { breakWith, configure, mend, on, quartersProject } from './quarters.ts';

const good = { cron: '0 * * * *', prints: [{ a: 1 }, { a: 2 }] };
const bad = { cron: '0 * * * *', command: [process.execPath, '--eval', 'process.exit(3)'], max_attempts: 1 };

/** The texts from each opening tag that looks like this to the closing one. */
const textsOf = (html: string, opening: RegExp, closing: string): string[] =>
  html
    .split(opening)
    .slice(1)
    .map((rest) =>
      rest
        .slice(0, rest.indexOf(closing))
        .replaceAll(/<[^>]*>|\s+/g, ' ')
        .replaceAll(/ +/g, ' ')
        .trim(),
    );

const LIST = /<table class="list"[^>]*>\n<thead.*<\/thead>\n/;
const NOW = /<span class="now[^"]*">/;

describe('tidemill report --site', () => {
  it('draws what the bucket remembers of the runs', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ good, bad }) });
    for (const now of ['2026-11-21T06:30:00Z', '2026-11-21T07:10:00Z']) await here.run(['tick'], { now });
    const drawn = await here.run(['report', '--site', 'page', '--days', '3', '--json'], {
      now: '2026-11-21T07:30:00Z',
    });
    expect(drawn).toMatchObject({ exit: 0, stderr: '' });
    expect(drawn.json()).toMatchObject({ file: here.path('page', 'index.html'), days: 3, runs: 2 });
    const page = here.read('page/index.html');
    expect(textsOf(page, /<h1>/, '</h1>')).toEqual(['1 of 2 jobs needs attention: bad']);
    expect(textsOf(page, /<strong class="name">/, '</strong>')).toEqual(['bad', 'good']);
    expect(textsOf(page, /<span class="why">/, '</span> <span class="next">')).toEqual([
      expect.stringMatching(
        /^✗ command-failed : bad: the command ended with 3 21 Nov 07:10 , who must act: who maintains/,
      ),
      '21 Nov 07:10 : 2 records',
    ]);
    expect(textsOf(page, /<dt>Last plan<\/dt><dd>/, '</dd>')).toEqual(['21 Nov 07:10']);
    expect(textsOf(page, /<td class="done[^"]*">/, '</td>')).toEqual([
      expect.stringMatching(/^21 Nov 06:00 UTC: 1 done; 2 records; /),
    ]);
    const [failures, unrun, next] = textsOf(page, LIST, '</table>');
    expect(failures).toMatch(/^21 Nov 07:10 bad 21 Nov 07:00 ✗ command-failed : bad: the command ended with 3 who /);
    expect(unrun).toBe(
      '21 Nov 07:10 bad 21 Nov 07:00 ✗ given up: command-failed: bad: the command ended with 3 all, by the next run that ends well',
    );
    expect(next).toBe('21 Nov 08:00 good in 30 min 21 Nov 08:00 bad in 30 min');
  });

  it('is not taken in by a backfill, and agrees with status on what is owed', async () => {
    const here = await quartersProject();
    await here.run(['tick'], { now: on(20, '11:05') });
    const at = { now: on(20, '19:30') };
    const span = ['--from', on(20, '07:00'), '--to', on(20, '09:00')];
    expect((await here.run(['backfill', 'quarters', ...span], at)).exit).toBe(0);
    await here.run(['replay', 'quarters'], at);
    await here.run(['report', '--site', 'page'], at);
    const page = here.read('page/index.html');
    expect(textsOf(page, /<h1>/, '</h1>')).toEqual(['1 of 1 job needs attention: quarters']);
    expect(textsOf(page, NOW, '</span>')).toEqual(['✗ late: 8 slots, 7 h 30 min']);
    const { jobs } = (await here.run(['status', '--json'], at)).json();
    expect(jobs).toMatchObject([{ owed_slots: 8, oldest_owed: { lateness_seconds: 7.5 * 3600 } }]);
  });

  it('shows slots that were superseded, given up and missed, and the command that reads what nobody has', async () => {
    const here = await quartersProject({ max_attempts: 1 });
    await here.run(['tick'], { now: on(20, '13:05') });
    breakWith(here, 1);
    await here.run(['tick'], { now: on(20, '14:05') });
    mend(here);
    here.write('ingestion-config.yaml', configure({ catchup: 'none' }));
    await here.run(['tick'], { now: on(20, '17:30') });
    await here.run(['report', '--site', 'page'], { now: on(20, '17:40') });
    const page = here.read('page/index.html');
    const [, unrun] = textsOf(page, LIST, '</table>');
    expect(unrun).toBe(
      '20 Nov 17:30 quarters 2 slots, 20 Nov 15:00 to 20 Nov 16:00 ! missed: more than 60 min late nothing by the schedule ' +
        '20 Nov 14:05 quarters 20 Nov 14:00 ✗ given up: command-failed: quarters: the command ended with 1 all, by the next run that ends well ' +
        '20 Nov 13:05 quarters 2 slots, 20 Nov 11:00 to 20 Nov 12:00 › superseded all, by the newer slot',
    );
    expect(page).toContain('tidemill backfill quarters --from 2026-11-20T13:00:00Z --to 2026-11-20T16:00:00Z');
    expect(page).toContain('2 done, 1 failed, 2 missed, 1 given up, 2 superseded');
  });

  it('says when a crontab last planned, and takes what it planned and never reported for lost', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ good }) });
    const lastPlan = async (now: string): Promise<string[]> => {
      await here.run(['report', '--site', 'page'], { now });
      return textsOf(here.read('page/index.html'), /<dt>Last plan<\/dt><dd>/, '</dd>');
    };
    const folder = here.path('.tidemill/local/bucket/_tidemill/runs');
    expect(await lastPlan('2026-11-20T05:00:00Z')).toEqual(['none yet']);
    await here.run(['tick'], { now: '2026-11-20T05:30:00Z' });
    await here.run(['tick', '--run-id', '20261120T061000Z-1'], { now: '2026-11-20T06:10:00Z' });
    const runs = readdirSync(folder);
    await here.run(['tick'], { now: '2026-11-20T06:20:00Z' });
    expect(await lastPlan('2026-11-20T06:30:00Z')).toEqual(['20 Nov 06:20']);
    // Of a tick that had nothing to do no record is left.
    expect(readdirSync(folder)).toEqual(runs);
    for (const name of readdirSync(`${folder}/20261120T061000Z-1`))
      if (name !== 'plan.json') rmSync(`${folder}/20261120T061000Z-1/${name}`);
    await here.run(['report', '--site', 'page'], { now: '2026-11-20T19:30:00Z' });
    expect(textsOf(here.read('page/index.html'), LIST, '</table>')[0]).toMatch(
      /good 20 Nov 06:00 ✗ lost : its leg ended/,
    );
  });

  it('leads to the issue and the log of what failed at GitHub, and shows nothing that a program said', async () => {
    const fails = ['-e', 'console.error("no row for ada@example.org"); process.exit(3)'];
    const job = { ...bad, command: [process.execPath, ...fails] };
    const here = await project({ 'ingestion-config.yaml': configOf({ job }) });
    const env = {
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'me/data',
      GITHUB_RUN_ID: '7',
      TIDEMILL_LEG_ID: '99',
    };
    await here.run(['tick'], { now: '2026-11-21T06:30:00Z', env });
    await here.run(['tick'], { now: '2026-11-21T07:10:00Z', env });
    await here.run(['report', '--site', 'page'], { now: '2026-11-21T07:30:00Z' });
    const page = here.read('page/index.html');
    const issue = encodeURIComponent('is:issue label:tidemill in:title "job fails in local"');
    const links = [...page.matchAll(/<a href="(http[^"]*)"/g)].map(([, url]) => url);
    const own = [
      `https://github.com/me/data/issues?q=${issue.replaceAll("'", '&#39;')}`,
      'https://github.com/me/data/actions/runs/7/job/99',
    ];
    expect(links).toEqual([...own, ...own]);
    expect(page).toContain('the command ended with 3');
    expect(page).not.toMatch(/no row|ada|the last it said/);
  });

  it('says that nothing ran yet, of an empty bucket', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ good }) });
    const drawn = await here.run(['report', '--site', 'page']);
    expect(drawn).toMatchObject({ exit: 0, stdout: expect.stringMatching(/index\.html: 0 runs of 14 days, /) });
    expect(textsOf(here.read('page/index.html'), NOW, '</span>')).toEqual(['○ new']);
  });

  it.each(['0', '63', '1.5', 'all', '-1'])('refuses --days %s', async (days) => {
    const here = await project({ 'ingestion-config.yaml': configOf({ good }) });
    const refused = await here.run(['report', '--site', 'page', `--days=${days}`]);
    expect(refused).toMatchObject({ exit: 2, stderr: expect.stringContaining('days-invalid') });
    expect(existsSync(here.path('page'))).toBe(false);
  });
});

describe('tidemill report without a subject', () => {
  it('tells of the last run that ran something, however long ago, and of a plan where none did', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ good }) });
    expect(await here.run(['report'])).toMatchObject({ exit: 2, stderr: expect.stringContaining('of any run\n') });
    await here.run(['plan', '--record', '--run-id', 'mine']);
    const stderr = expect.stringMatching(/run named by its time.*report --run-id mine`.*no-run/s);
    expect(await here.run(['report'])).toMatchObject({ exit: 2, stderr });
    await here.run(['plan', '--record', '--run-id', '20261121T063000Z-plan']);
    const reported = async (now: string): Promise<string> => (await here.run(['report', '--json'], { now })).json().run;
    expect(await reported('2026-11-21T07:00:00Z')).toBe('20261121T063000Z-plan');
    for (const [day, id] of [
      [21, 'a'],
      [22, 'b'],
    ] as const)
      await here.run(['run', 'good', '--run-id', `202611${day}T063000Z-${id}`], { now: `2026-11-${day}T06:30:00Z` });
    await here.run(['plan', '--record', '--run-id', '20261123T063000Z-plan'], { now: '2026-11-23T06:30:00Z' });
    expect(await reported('2026-11-23T07:00:00Z')).toBe('20261122T063000Z-b');
    expect(await reported('2028-01-01T07:00:00Z')).toBe('20261122T063000Z-b');
    const { stdout } = await here.run(['report'], { now: '2026-11-23T07:00:00Z' });
    expect(stdout).toMatch(/^run 20261122T063000Z-b\n\njob +outcome/);
  });
});
