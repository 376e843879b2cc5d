/** States that somebody edited into nonsense: reported with their place and the remedy, never overwritten. */
import { beforeAll, describe, expect, it } from 'vitest';
import { PEOPLE, SLOT, slowProject, sourceIn, startLeg, touch } from './legs.ts';
import { configOf, type Outcome, type Project, project } from './project.ts';

const fileOf = (job: string): string => `.tidemill/local/bucket/_tidemill/state/${job}.json`;
const NOW = '2026-11-22T06:30:00Z';

type State = Readonly<Record<string, unknown>>;

/** A project of these jobs, which have all run on the day before. */
async function ranOnce(...ids: readonly string[]): Promise<Project> {
  const job = { ...PEOPLE, command: sourceIn() };
  const here = await project({ 'ingestion-config.yaml': configOf(Object.fromEntries(ids.map((id) => [id, job]))) });
  await here.run(['plan', '--record'], { now: '2026-11-20T12:00:00Z' });
  expect((await here.run(['tick'], { now: '2026-11-21T06:30:00Z' })).exit).toBe(0);
  return here;
}

function edit(here: Project, job: string, change: (state: State, text: string) => unknown): void {
  const text = here.read(fileOf(job));
  const changed = change(JSON.parse(text), text);
  here.write(fileOf(job), typeof changed === 'string' ? changed : JSON.stringify(changed));
}

interface Damage {
  readonly edit: (state: State, text: string) => unknown;
  /** What the message says of it. */
  readonly says: string;
}

const set = (fields: State, says: string): Damage => ({ edit: (state) => ({ ...state, ...fields }), says });
const NOT_JSON = 'it is not JSON';

/** By the job whose state it is. */
const damages: Readonly<Record<string, Damage>> = {
  empty: { edit: () => '', says: NOT_JSON },
  prose: { edit: () => 'settled_through: tomorrow', says: NOT_JSON },
  cut_short: { edit: (_, text) => text.slice(0, text.length / 2), says: NOT_JSON },
  list: { edit: (state) => [state], says: 'it is something else' },
  of_another_job: set({ job: 'others' }, 'see "job"'),
  version_0: set({ version: 0 }, 'see "version"'),
  version_as_text: set({ version: '1' }, 'see "version"'),
  without_targets: set({ targets: undefined }, 'see "targets"'),
  target_of_nonsense: set({ targets: { main: { pending: [{ id: 1 }] } } }, 'see "targets.main.pending.0.id"'),
  version_1_without_packages: set({ version: 1 }, 'see "packages"'),
  cursor_of_nonsense: set({ cursor: 'yesterday' }, 'see "cursor"'),
  negative: set({ revision: -1 }, 'see "revision"'),
  no_instant: set({ settled_through: 'yesterday' }, 'see "settled_through"'),
  half_a_claim: set({ claim: { slot: SLOT, run: 'me' } }, 'see "claim.attempt"'),
  outcome_of_its_own: set({ recent: [{ slot: SLOT, outcome: 'fine', at: SLOT }] }, 'see "recent.0.outcome"'),
};
const jobs = Object.keys(damages);

describe('states that are damaged', () => {
  let here: Project;
  let nonsense: readonly string[];
  const now = { now: NOW };
  const texts = (): string[] => jobs.map((job) => here.read(fileOf(job)));

  beforeAll(async () => {
    here = await ranOnce(...jobs, 'others');
    for (const job of jobs) edit(here, job, damages[job]?.edit ?? String);
    nonsense = texts();
  });

  /** The paragraph about each of them: where it lies, what is wrong, what helps, who must do it. */
  function expectReported({ stdout, stderr }: Outcome): void {
    for (const job of jobs) {
      const where = `file://${here.path(fileOf(job))} is not the state of this job (${damages[job]?.says})`;
      expect(stderr).toContain(
        `${where}\nRestore the newest sound version of the object, which a bucket with object versioning`,
      );
    }
    expect(stderr.split('(state-damaged; who must act: you: correct the configuration)')).toHaveLength(jobs.length + 1);
    expect(stdout + stderr).not.toMatch(/^\s+at /m);
  }

  it.each([
    // A plan says so, and the legs of the other jobs are to run.
    [0, ['plan']],
    [0, ['plan', '--record']],
    [2, ['status']],
  ])('are reported (exit %i) by %j and left as they are', async (exit, args) => {
    const outcome = await here.run(args, now);
    expect(outcome.exit).toBe(exit);
    expectReported(outcome);
    expect(texts()).toEqual(nonsense);
  });

  it('fail the legs of their jobs, and are left as they are', async () => {
    const legs = jobs.map((job) => `${job}@2026-11-22T06:00:00Z`);
    const { exit, json } = await here.run(['run', ...legs, '--json'], now);
    const codes = json().results.map(({ failure }: { failure: { code: string } }) => failure.code);
    expect([exit, codes]).toEqual([2, jobs.map(() => 'state-damaged')]);
    const byHand = await here.run(['run', jobs.join(',')], now);
    expect([byHand.exit, byHand.stdout]).toEqual([2, 'Nothing ran: none of the jobs may run now.\n']);
    const withOther = await here.run(['run', `${jobs[0]},others`, '--json'], now);
    expect([withOther.exit, withOther.json().results]).toMatchObject([2, [{ job: 'others', result: 'done' }]]);
    expect(texts()).toEqual(nonsense);
  });

  it('do not keep the other job from running', async () => {
    const outcome = await here.run(['tick', '--json'], now);
    expect([outcome.exit, outcome.json().results]).toEqual([
      2,
      [expect.objectContaining({ job: 'others', result: 'done' })],
    ]);
    expectReported(outcome);
    expect(texts()).toEqual(nonsense);
  });
});

describe('a state', () => {
  it('of a newer version is refused and left as it is', async () => {
    const here = await ranOnce('people');
    edit(here, 'people', (state) => ({ ...state, version: 4 }));
    const newer = here.read(fileOf('people'));
    const { exit, stderr } = await here.run(['tick'], { now: NOW });
    expect([exit, stderr]).toEqual([2, expect.stringMatching(/newer Tidemill \(version 4\)(.|\n)*\(state-newer; /)]);
    expect(here.read(fileOf('people'))).toBe(newer);
  });

  it('that was settled by a clock far ahead says in the plan why its job does not run', async () => {
    const here = await ranOnce('people');
    const at = '2031-01-01T06:00:00.000Z';
    const recent = [{ slot: at, outcome: 'done', at }];
    edit(here, 'people', (state) => ({ ...state, settled_through: at, recent }));
    const { decisions } = (await here.run(['plan', '--json'], { now: NOW })).json();
    expect(decisions[0]).toMatchObject({ decision: 'not_due', next: '2031-01-02T06:00:00.000Z' });
    expect(decisions[0].reason).toContain('nothing is owed up to 2031-01-01 06:00 UTC');
  });

  it('whose cursor the connector cannot read says what helps, and keeps it', async () => {
    const here = await slowProject();
    touch(here, 'loading');
    expect((await startLeg(here).ended).exit).toBe(0);
    const cursor = { version: 1, value: 'yesterday' };
    edit(here, 'people', (state) => ({ ...state, cursor }));
    const { exit, stdout, stderr } = await startLeg(here, { TIDEMILL_NOW: NOW }, { slot: '2026-11-22T06:00:00.000Z' })
      .ended;
    const { failure } = JSON.parse(stdout).results[0];
    expect([exit, failure]).toEqual([2, expect.objectContaining({ code: 'cursor-invalid' })]);
    expect(failure.hint).toContain('--full-refresh');
    expect(stdout + stderr).not.toContain(cursor.value);
    expect(JSON.parse(here.read(fileOf('people')))).toMatchObject({ cursor, settled_through: SLOT });
  });
});
