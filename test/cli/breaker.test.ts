import { describe, expect, it } from 'vitest';
import { configOf, type Project, project } from './project.ts';

const HOURLY = { cron: '0 * * * *', columns: { id: 'bigint' }, primary_key: ['id'] };
const FAILING = { ...HOURLY, command: ['false'], retry_attempts: 0, breaker_failures: 2, breaker_minutes: 180 };
const SOUND = { ...HOURLY, prints: [{ id: 1 }], breaker_failures: 2, breaker_minutes: 180 };

const at = (hour: number): string => `2026-11-21T${String(hour).padStart(2, '0')}:17:00Z`;

/** What a plan says of the one job. */
async function verdict(here: Project, hour: number): Promise<string> {
  const { decisions } = (await here.run(['plan', '--json'], { now: at(hour) })).json();
  return `${decisions[0].decision}: ${decisions[0].reason}`;
}

async function failedTwice(): Promise<Project> {
  const here = await project({ 'ingestion-config.yaml': configOf({ weather: FAILING }) });
  // The first tick registers the job.
  for (const hour of [0, 1, 2]) await here.run(['tick'], { now: at(hour) });
  return here;
}

describe('the breaker', () => {
  it('has a status beside it that says why the last try at what is owed failed, until one ends well', async () => {
    const here = await failedTwice();
    const { stdout } = await here.run(['status', 'weather'], { now: at(3) });
    expect(stdout).toMatch(/last try +2026-11-21 02:17 UTC: command-failed: weather: the command ended\s+with 1/);
    here.write('ingestion-config.yaml', configOf({ weather: SOUND }));
    await here.run(['tick'], { now: at(5) });
    expect((await here.run(['status', 'weather'], { now: at(5) })).stdout).not.toContain('last try');
  });

  it('opens after failures in a row, and lets one probe through per interval', async () => {
    const here = await failedTwice();
    const open = 'breaker_open: the last 2 runs failed; the next probe is at 2026-11-21 05:17 UTC';
    expect(await verdict(here, 3)).toBe(open);
    const held = await here.run(['tick', '--json'], { now: at(4) });
    expect([held.exit, held.json().results]).toEqual([0, []]);
    const probe = await here.run(['tick', '--json'], { now: at(5) });
    expect(probe.json().results).toMatchObject([{ result: 'failed', slot: '2026-11-21T05:00:00.000Z' }]);
    expect(await verdict(here, 6)).toBe(open.replace('last 2', 'last 3').replace('05:17', '08:17'));
  });

  it('does not count what somebody asks for by hand and is refused: the source is as sound as before', async () => {
    const here = await project({});
    const { primary_key: _, ...keyless } = SOUND;
    here.write('ingestion-config.yaml', configOf({ weather: keyless }));
    for (const hour of [0, 1]) await here.run(['tick'], { now: at(hour) });
    for (const _ of [1, 2, 3]) {
      const refused = await here.run(['run', 'weather', '--slot', '2026-11-21T01:00:00Z'], { now: at(1) });
      expect([refused.exit, refused.stdout]).toEqual([2, expect.stringContaining('span-doubles')]);
    }
    expect(await verdict(here, 2)).toMatch(/^run: /);
  });

  it('closes when a probe ends well, and what waited is superseded by it', async () => {
    const here = await failedTwice();
    here.write('ingestion-config.yaml', configOf({ weather: SOUND }));
    expect(await verdict(here, 5)).toBe(
      'run: 17 min late, a probe after 2 failed runs; supersedes 4 slots'.replace(
        '17 min late',
        'on time (17 min late)',
      ),
    );
    const { results } = (await here.run(['tick', '--json'], { now: at(5) })).json();
    expect(results).toMatchObject([{ result: 'done', superseded: 4 }]);
    expect(await verdict(here, 6)).toMatch(/^run: on time/);
  });

  it('lets a person run the job at any time, and closes when that ends well', async () => {
    const here = await failedTwice();
    here.write('ingestion-config.yaml', configOf({ weather: SOUND }));
    const byHand = await here.run(['run', 'weather', '--json'], { now: at(3) });
    expect(byHand.json().results).toMatchObject([{ result: 'done' }]);
    expect(await verdict(here, 3)).toMatch(/^run: on time/);
  });

  it('does not let the leg of another planner probe again right after a probe has failed', async () => {
    const here = await failedTwice();
    const leg = ['run', 'weather@2026-11-21T05:00:00Z', '--json'];
    expect((await here.run(leg, { now: at(5) })).json().results).toMatchObject([{ result: 'failed' }]);
    const second = await here.run(leg, { now: at(5) });
    expect(second.json().results).toMatchObject([{ result: 'covered', reason: expect.stringContaining('breaker') }]);
    expect(second.exit).toBe(0);
  });
});

describe('max_lateness_minutes', () => {
  it('gives up slots that are later, whatever the catch-up policy says, and runs what is not', async () => {
    const late = { ...SOUND, catchup: 'all', max_lateness_minutes: 150 };
    const here = await project({ 'ingestion-config.yaml': configOf({ weather: late }) });
    await here.run(['tick'], { now: at(0) });
    const { results } = (await here.run(['tick', '--json'], { now: at(6) })).json();
    expect(results.map(({ slot }: { slot: string }) => slot.slice(11, 13))).toEqual(['04', '05', '06']);
    const { recent } = (await here.run(['status', '--json'], { now: at(6) })).json().jobs[0];
    expect(recent[0]).toMatchObject({ outcome: 'missed', count: 3, reason: 'more than 150 min late' });
  });
});
