/** The last steps: the first run, and the schedule. */
import type { RunState, WorkflowRun, Workflows } from '@tidemill/github';
import { asTidemillError, TidemillError } from '@tidemill/kit';
import { headline } from '../../report/outcome.ts';
import { recordedRun } from '../recorded-run.ts';
import { report } from '../report.ts';
import type { Guide, Look, Step } from './step.ts';
import type { SetupWorld } from './world.ts';

const WORKFLOW = 'data-ingestion-orchestrator.yaml';
/** Of public data, where `tidemill init` made it. */
const STARTER = 'starter';
/** GitHub keeps runs for 400 days at most. */
const LOOK_BACK_DAYS = 400;

const POLL_MS = 5000;
/** An API call every five seconds for the first minutes; a long run needs no closer look. */
const SLOW_POLL_MS = 20_000;
const LONGEST_MS = 60 * 60_000;

export const runStep = (world: SetupWorld, isWanted: boolean): Step => ({
  name: 'run',
  what: 'first run',
  async look() {
    const workflows = await world.workflows();
    if (!(await workflows.has(WORKFLOW))) return unpushed(world);
    const { state } = await workflows.state(WORKFLOW);
    if (state !== 'active') return switchedOff(state);
    const before = await lastOf(workflows, world);
    if (before !== undefined && !isWanted && isWell(before))
      return { is: 'fine', says: `there was one (${before.conclusion ?? before.status}): ${before.url}` };
    const { name } = world.environment;
    const group = world.config.groups.has(STARTER) ? STARTER : undefined;
    const what = group === undefined ? 'what is owed' : `the group ${group}`;
    const words = group === undefined ? '' : ` -f group=${group}`;
    return {
      ...{ is: 'open', byDefault: 'yes', unasked: 'yes' },
      says: lastText(before),
      asks: `Run ${what} in ${name} now, and wait for what comes of it?`,
      byHand: [`gh workflow run ${WORKFLOW} -f environment=${name}${words}`],
      act: (guide) => ran(world, workflows, { environment: name, ...(group === undefined ? {} : { group }) }, guide),
    };
  },
});

async function unpushed(world: SetupWorld): Promise<Look> {
  const { defaultBranch: branch } = await (await world.settings()).repository();
  const says = `GitHub has no workflow ${WORKFLOW} on its branch ${branch}: push it, then run this again`;
  return {
    is: 'by-hand',
    says,
    byHand: ['npx tidemill generate', 'git add . && git commit -m "Add the workflows"', 'git push'],
  };
}

const switchedOff = (state: string): Look => ({
  ...{ is: 'by-hand', says: `The workflow is switched off (${state})` },
  byHand: [`gh workflow enable ${WORKFLOW}`],
});

/** The last that is green or goes on; where there is none, the last that ran: of a tick that was skipped nothing did. */
async function lastOf(workflows: Workflows, { host }: SetupWorld): Promise<WorkflowRun | undefined> {
  const since = new Date(host.clock.now().getTime() - LOOK_BACK_DAYS * 86_400_000);
  const runs = (await workflows.runs(WORKFLOW, since)).filter(({ conclusion }) => conclusion !== 'skipped');
  return runs.find(isWell) ?? runs[0];
}

const isWell = ({ status, conclusion }: WorkflowRun): boolean => conclusion === 'success' || status !== 'completed';

function lastText(last: WorkflowRun | undefined): string {
  if (last === undefined) return 'Nothing has run at GitHub yet';
  return isWell(last)
    ? `The last run: ${last.url}`
    : `No run has ended well yet; the last (${last.conclusion}): ${last.url}`;
}

/** Answers in one line what came of it; throws the same of one that is red. */
async function ran(
  world: SetupWorld,
  workflows: Workflows,
  inputs: Readonly<Record<string, string>>,
  guide: Guide,
): Promise<string> {
  const { defaultBranch: branch } = await (await world.settings()).repository();
  const asked = world.host.clock.now();
  const run = (await dispatched(workflows, branch, inputs)) ?? (await newest(world, workflows, asked));
  guide.say(`It has begun: ${run.url}\nCtrl-C only stops the waiting.\n`);
  const { conclusion, attempt } = await ended(world, workflows, run.id, guide);
  const said = await summaryOf(world, run.id, attempt);
  const failed = conclusion === 'success' ? '' : await failedJobs(workflows, run.id);
  const line = [said ?? (conclusion === 'success' ? 'green' : `ended with ${conclusion}`), failed].filter(Boolean);
  if (conclusion === 'success') return `${line.join(' ')} ${run.url}`;
  const isRed = conclusion === 'failure' || conclusion === 'timed_out';
  throw new TidemillError(
    'config',
    'first-run',
    `The first run is ${isRed ? 'red' : 'none'}: ${line.join(' ')} ${run.url}`,
    {
      hint: `Its ${isRed ? 'summary says who must act' : 'page says why'}. Run this again when that is mended.`,
    },
  );
}

/** What GitHub does not take is most often the workflow as it was before the configuration changed. */
async function dispatched(workflows: Workflows, branch: string, inputs: Readonly<Record<string, string>>) {
  try {
    return await workflows.dispatch(WORKFLOW, branch, inputs);
  } catch (thrown) {
    const error = asTidemillError(thrown);
    if (error.code !== 'github-answer') throw error;
    throw new TidemillError('config', 'run-refused', error.message, {
      hint: `If the workflow on ${branch} is an older one: npx tidemill generate, commit what it writes, and push. ${error.hint ?? ''}`,
    });
  }
}

/** Where GitHub does not say which run it started. */
async function newest({ host }: SetupWorld, workflows: Workflows, asked: Date) {
  // Its clock is not ours.
  const since = new Date(asked.getTime() - 60_000);
  for (let tries = 0; tries < 12; tries += 1) {
    await host.clock.sleep(POLL_MS, host.interrupted);
    const run = (await workflows.runs(WORKFLOW, since)).find(({ event }) => event === 'workflow_dispatch');
    if (run !== undefined) return run;
  }
  throw new TidemillError('transient', 'run-unseen', 'GitHub took the run, and shows none', {
    hint: 'Actions → Data ingestion shows it in a moment.',
  });
}

async function ended({ host }: SetupWorld, workflows: Workflows, id: number, { say }: Guide): Promise<RunState> {
  const begun = host.clock.now().getTime();
  let isHeld = false;
  for (;;) {
    const state = await workflows.run(id);
    if (state.status === 'completed') return state;
    // https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/review-deployments
    if (state.status === 'waiting' && !isHeld)
      say('It waits for somebody who may approve it: the page has the button.\n');
    isHeld ||= state.status === 'waiting';
    const waited = host.clock.now().getTime() - begun;
    if (waited > LONGEST_MS) {
      throw new TidemillError('transient', 'run-unfinished', 'The run goes on still, after an hour', {
        hint: `gh run watch ${id} waits for it.`,
      });
    }
    await host.clock.sleep(waited < 5 * 60_000 ? POLL_MS : SLOW_POLL_MS, host.interrupted);
  }
}

/** The first line of its summary, made of the records that it left in the bucket; undefined where they cannot be read from here. */
async function summaryOf(world: SetupWorld, id: number, attempt: number): Promise<string | undefined> {
  try {
    const session = await world.session();
    const env = { ...world.host.env, GITHUB_RUN_ID: String(id), GITHUB_RUN_ATTEMPT: String(attempt) };
    const asIts = { ...session, host: { ...session.host, env } };
    return headline((await report(asIts, await recordedRun(asIts))).results);
  } catch {
    return undefined;
  }
}

async function failedJobs(workflows: Workflows, id: number): Promise<string> {
  const red = (await workflows.jobs(id)).filter(({ conclusion }) => conclusion === 'failure');
  return red.length === 0 ? '' : `(${red.map(({ name }) => name).join(', ')} failed.)`;
}

const SCHEDULE = 'TIDEMILL_ENVIRONMENT';

export const scheduleStep = (world: SetupWorld, wanted: 'on' | 'off' | undefined): Step => ({
  name: 'schedule',
  what: 'schedule',
  async look() {
    const { name } = world.environment;
    const settings = await world.settings();
    const now = await settings.repositoryVariable(SCHEDULE);
    if (now === name) return { is: 'fine', says: `on, for ${name}` };
    if (wanted === 'off') return { is: 'fine', says: now === undefined ? 'off, as was said' : `left on, for ${now}` };
    if (now !== undefined && wanted === undefined) return { is: 'fine', says: `on, for ${now}` };
    return {
      ...{ is: 'open', byDefault: wanted === 'on' ? 'yes' : 'no', unasked: wanted === 'on' ? 'yes' : 'no' },
      says: now === undefined ? 'The schedule is off' : `The schedule is on, for ${now}`,
      asks: `Let an hourly plan run what is owed in ${name}? It is about 720 minutes a month in a private repository.`,
      byHand: [`gh variable set ${SCHEDULE} --body ${name}`],
      async act() {
        await settings.setRepositoryVariable(SCHEDULE, name);
        return `on, for ${name}`;
      },
    };
  },
});
