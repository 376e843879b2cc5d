import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configOf, type Project, project } from './project.ts';

const hourly = { cron: '0 * * * *', prints: [{ a: 1 }] };
const RUN = ['--run-id', '20261121T103000Z-7-1'];

/** What a command adds to the summary of its step. */
async function summaryOf(here: Project, args: readonly string[], options: { now?: string; env?: object } = {}) {
  const env = { ...options.env, GITHUB_ACTIONS: 'true' };
  return (await here.run(args, { ...options, env })).runner.summary;
}

const FOLDED = ['<details>', '<summary>', '</summary>', '</details>'];

describe('the summary on Actions', () => {
  it('leads from each job to the log of its leg, or to the run where the leg is not known', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ hourly }) });
    const page = 'https://github.com/me/data/actions/runs/7';
    const run = {
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'me/data',
      GITHUB_RUN_ID: '7',
      GITHUB_RUN_ATTEMPT: '2',
    };
    const legs: [object, string][] = [
      [{ ...run, TIDEMILL_LEG_ID: '99' }, `| [hourly](${page}/job/99) |`],
      [{ ...run, TIDEMILL_LEG_ID: '' }, `| [hourly](${page}/attempts/2) |`],
      [{}, '| hourly |'],
    ];
    for (const [index, [env, cell]] of legs.entries()) {
      // The report shows the newest of each job and slot.
      const now = `2026-11-21T06:3${index}:00Z`;
      expect(await summaryOf(here, ['run', 'hourly', ...RUN], { env, now })).toContain(cell);
      expect(await summaryOf(here, ['report', ...RUN])).toContain(cell);
    }
  });

  it('leaves out records that are none, and jobs whose names nobody could copy into a command', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ hourly }) });
    await here.run(['run', 'hourly', ...RUN]);
    const folder = `.tidemill/local/bucket/_tidemill/runs/${RUN[1]}`;
    const [name = ''] = readdirSync(here.path(folder));
    const record = JSON.parse(here.read(`${folder}/${name}`));
    const strange = ['{', 'null', '{}', '[]', '"x"', JSON.stringify({ ...record, job: 'a; curl x | sh' })];
    for (const [index, text] of strange.entries()) here.write(`${folder}/strange-${index}.json`, text);
    const { exit, stdout } = await here.run(['report', ...RUN, '--json']);
    expect([exit, JSON.parse(stdout).results.map(({ job }: { job: string }) => job)]).toEqual([0, ['hourly']]);
    expect(await summaryOf(here, ['report', ...RUN])).not.toContain('curl');
  });

  it('names the slots that were late, superseded, missed, or wait behind one that failed', async () => {
    const jobs = {
      latest: { ...hourly, tolerance_minutes: 20 },
      none: { ...hourly, catchup: 'none', tolerance_minutes: 20 },
      all: { ...hourly, catchup: 'all', command: 'exit 1' },
    };
    const here = await project({ 'ingestion-config.yaml': configOf(jobs) });
    await here.run(['plan', '--record'], { now: '2026-11-21T07:30:00Z' });
    const now = '2026-11-21T10:30:00Z';
    const { runs } = (await here.run(['plan', '--record', '--json', ...RUN], { now })).json();
    const words = runs.map(({ job, slot }: { job: string; slot: string }) => `${job}@${slot}`);
    await here.run(['run', ...words, ...RUN], { now });
    const summary = await summaryOf(here, ['report', ...RUN]);
    for (const row of [
      '| latest | ✅ done | 11-21 10:00, 30 min late | &#43;1 |',
      '| latest | 2 slots before 2026-11-21 10:00 UTC | superseded by that one, which has read on from where the last run stopped |',
      '| all | 2026-11-21 09:00 UTC | waits: an older slot has not run well |',
      '| all | 2026-11-21 10:00 UTC | waits: an older slot has not run well |',
    ]) {
      expect(summary).toContain(row);
    }
    expect(summary).toMatch(
      /^\| none \| 3 slots from 2026-11-21 08:00 UTC to 2026-11-21 10:00 UTC \| missed.*; not read: npx tidemill backfill none --from 2026-11-21T07:00:00Z --to 2026-11-21T10:00:00Z \|$/m,
    );
    // Of each late run it is said once.
    expect(summary.match(/30 min late/g)).toHaveLength(2);
    expect(summary).not.toContain('ended without a report');
  });

  it('shows the description of a failing job, whatever somebody wrote there, as words', async () => {
    const description = 'Mine | <b>`all`</b>\n::set-output name=a::b\n\n```mermaid\ngantt\n```\n# [x](y) </details>';
    const job = { ...hourly, description, command: 'echo "<i>|</i> ::error::x" >&2; exit 1' };
    const here = await project({ 'ingestion-config.yaml': configOf({ job }) });
    const leg = await summaryOf(here, ['run', 'job', ...RUN]);
    for (const summary of [leg, await summaryOf(here, ['report', ...RUN])]) {
      expect(summary).toContain('\nMine &#124; &#60;b&#62;&#96;all&#96;&#60;/b&#62; &#58;&#58;set-output');
      expect(summary.match(/<[^>]*>/g)).toEqual([...FOLDED, ...FOLDED]);
      expect(summary).not.toMatch(/^(::|#+ &#91;|```mermaid)/m);
      expect(summary).toContain('npx tidemill run job --environment local');
      expect(summary).toMatch(/^06:30:00 failed: source-changed command-failed$/m);
    }
  });
});
