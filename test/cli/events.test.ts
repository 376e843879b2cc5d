/** Events that leave, and those that cannot, as people see them at the command line. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { JobState } from '../../orchestrator/state/job-state.ts';
import { changeState, datedProject, stateOf } from './dated.ts';
import type { Project } from './project.ts';

const FILE = '.tidemill/local/events.ndjson';
const LATER = '2026-11-21T07:40:00Z';

const kindsIn = (here: Project): string[] =>
  here
    .read(FILE)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).data.event_type);

/** The job commits three packages. */
const ONE_RUN = ['run-started', ...Array.from({ length: 3 }, () => 'package-committed'), 'run-completed'];

describe('at home', () => {
  it('a file has what happened, one event a line, and nothing waits', async () => {
    const here = await datedProject({ log: {} });
    expect((await here.run(['run', 'log'])).exit).toBe(0);
    expect(kindsIn(here)).toEqual(ONE_RUN);
    expect((await here.run(['events'])).stdout).toBe('No event waits in local.\n');
    expect((await here.run(['doctor'])).stdout).toMatch(/^ok {4}events +file:\/\/\/.*events\.ndjson$/m);
  });

  it('nobody is told where the list is empty', async () => {
    const here = await datedProject({ log: {} }, {}, { events: [] });
    await here.run(['run', 'log']);
    expect(existsSync(here.path(FILE))).toBe(false);
    expect((await here.run(['events'])).stdout).toBe('Nobody is told of events in local.\n');
  });
});

describe('where a place does not take events', () => {
  let here: Project;

  beforeEach(async () => {
    here = await datedProject({ log: {} });
    mkdirSync(here.path(FILE), { recursive: true });
  });
  const mend = (): void => rmSync(here.path(FILE), { recursive: true });

  it('the run is green, and says who must act; so do its summary, status, doctor and the list', async () => {
    const run = await here.run(['run', 'log'], { env: { GITHUB_ACTIONS: 'true' } });
    expect([run.exit, run.stderr]).toEqual([0, expect.stringContaining('5 events of 1 job wait for file-')]);
    expect(run.stderr).toContain('(EISDIR)');
    expect(run.runner.summary).toContain('### Events that have not left');
    const listed = (await here.run(['events', '--json'])).json();
    expect(listed).toMatchObject({
      environment: 'local',
      waiting: [
        { job: 'log', events: 5, refused: { code: 'event-file-refused', who: expect.stringContaining('you') } },
      ],
    });
    expect((await here.run(['events'])).stdout).toContain('npx tidemill events --send');
    expect((await here.run(['status'])).stdout).toMatch(
      /log: 5 events to be sent to file-\w+, which does not take them/,
    );
    const doctor = await here.run(['doctor']);
    expect([doctor.exit, doctor.stdout]).toEqual([
      2,
      expect.stringMatching(/^\S+ +events +file-\w+: Events cannot be written/m),
    ]);
  });

  it.each(['events --send', 'report', 'tick'])('what waits is sent by %s once that is mended', async (command) => {
    await here.run(['tick']);
    await here.run(['run', 'log']);
    mend();
    const run = await here.run(command.split(' '));
    expect(run.exit, run.stderr).toBe(0);
    expect(kindsIn(here).slice(0, 5)).toEqual(ONE_RUN);
    expect(stateOf(here, 'log').outbox).toMatchObject({ entries: [] });
    expect((await here.run(['events'])).stdout).toBe('No event waits in local.\n');
  });

  it('one that is told no more is not waited for, and the next run forgets what it lacks', async () => {
    await here.run(['run', 'log']);
    changeState(here, 'log', {
      outbox: { ...stateOf(here, 'log').outbox, sinks: { gone: { sent: 1 } } } as JobState['outbox'],
    });
    expect((await here.run(['events'])).stdout).toBe('No event waits in local.\n');
    expect((await here.run(['status'])).stdout).not.toContain('events to be sent');
    mend();
    await here.run(['run', 'log'], { now: LATER });
    expect(Object.keys(stateOf(here, 'log').outbox?.sinks ?? {})).toEqual([expect.stringMatching(/^file-/)]);
  });

  it('the next run sends what the last one could not, first', async () => {
    await here.run(['run', 'log']);
    mend();
    await here.run(['run', 'log'], { now: LATER });
    expect(kindsIn(here).slice(0, 5)).toEqual(ONE_RUN);
    expect(kindsIn(here).length).toBeGreaterThan(5);
  });

  it('a person gives them up, with who and why', async () => {
    await here.run(['run', 'log']);
    const dropped = await here.run(['events', 'log', '--drop', '--reason', 'nobody reads it']);
    expect([dropped.exit, dropped.stdout]).toEqual([0, 'log: 5 events given up\n']);
    expect(stateOf(here, 'log').outbox?.dropped).toMatchObject([{ why: 'nobody reads it', events: 5 }]);
    expect((await here.run(['events', 'log', '--drop'])).stdout).toBe('log: nothing waits\n');
    mend();
    await here.run(['events', '--send']);
    expect(existsSync(here.path(FILE))).toBe(false);
  });
});

it('of kinds that a place is not told of, none waits for it', async () => {
  const events = [{ to: `file:${FILE}`, name: 'ear', kinds: ['run-*'] }];
  const here = await datedProject({ log: {} }, {}, { events });
  mkdirSync(here.path(FILE), { recursive: true });
  expect((await here.run(['run', 'log'])).stderr).toContain('2 events of 1 job wait for ear');
  expect((await here.run(['events', '--json'])).json().waiting).toMatchObject([{ to: 'ear', events: 2 }]);
  expect((await here.run(['status'])).stdout).toContain('log: 2 events to be sent to ear');
  rmSync(here.path(FILE), { recursive: true });
  expect((await here.run(['events', '--send'])).stdout).toBe('2 events sent.\nNo event waits in local.\n');
});

it('a place that lacks its secret is named, and nobody says that the secret is not needed', async () => {
  const here = await datedProject({ log: {} }, {}, { events: [{ to: 'https://example.org/hook', name: 'pager' }] });
  const { stdout } = await here.run(['doctor']);
  expect(stdout).toMatch(/^MISS +events +pager: @tidemill\/events-webhook needs EVENTS_WEBHOOK_SECRET/m);
  expect(stdout).toMatch(/ events-webhook +not set, and needed: EVENTS_WEBHOOK_SECRET$/m);
});

it.each([
  [['log', '--drop', '--send'], 'events-options'],
  [['--drop'], 'events-options'],
  [['--to', 'ear'], 'events-options'],
  [['log', '--drop', '--to', 'ear'], 'unknown-sink'],
  [['logs'], 'unknown-job'],
])('events %j is refused', async (args, code) => {
  const here = await datedProject({ log: {} });
  const run = await here.run(['events', ...args]);
  expect([run.exit, run.stderr]).toEqual([2, expect.stringContaining(code)]);
});
