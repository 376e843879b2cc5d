import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { brokenRules, type Rule } from './rules.ts';
import { orchestrator, WORKFLOWS, workflowText } from './scenario.ts';
import { readWorkflow, WorkflowError } from './workflow.ts';

const files = (await readdir(WORKFLOWS)).sort();
const texts = new Map(await Promise.all(files.map(async (file) => [file, await workflowText(file)] as const)));
const expression = (text: string): string => `\${{ ${text} }}`;
const SECRET = /GCS_SERVICE_ACCOUNT_KEY: .*/;
const SAMPLE = 'data-ingestion-orchestrator.yaml';

/** A step that saves by itself, when the job is over. */
const CACHE = `      - uses: actions/cache@${'0'.repeat(40)} # v6.1.0\n        with: { path: x, key: y }\n`;

/** The orchestrator with a piece of its text changed. Throws when the piece is not there: then it tests nothing. */
function changed(from: string | RegExp, to: string): string {
  const text = texts.get(SAMPLE)!;
  const other = text.replace(from, () => to);
  if (other === text) throw new Error(`${SAMPLE} does not contain ${from}`);
  return other;
}

describe.each(files)('%s', (file) => {
  it('is taken by GitHub’s parser, with every expression in it', async () => {
    const { jobs } = await readWorkflow(file, texts.get(file)!);
    expect(jobs.length).toBeGreaterThan(0);
  });

  it('breaks none of our rules', async () => {
    expect(brokenRules(await readWorkflow(file, texts.get(file)!))).toEqual([]);
  });
});

describe('a rule', () => {
  const broken: readonly [Rule, string | RegExp, string][] = [
    ['no expression in a script', '--job="$JOB"', `--job "${expression('inputs.job')}"`],
    ['actions are pinned', /checkout@[0-9a-f]{40} # v7.0.1/, 'checkout@v7'],
    ['actions are pinned', /(?<=checkout@[0-9a-f]{40}) # v7.0.1/, ''],
    ['permissions are minimal', 'permissions: {}', 'permissions: read-all'],
    ['permissions are minimal', 'permissions: {}\n', ''],
    ['permissions are minimal', 'contents: read', 'contents: write'],
    ['permissions are minimal', 'id-token: write', 'issues: write'],
    ['permissions are minimal', /google-github-actions\/auth(?=@)/, 'somebody/auth'],
    ['permissions are minimal', / {4}permissions:\n(?: {6}.*\n)+/, ''],
    ['secrets have static names', SECRET, `A: ${expression('secrets[matrix.leg]')}`],
    ['secrets have static names', SECRET, `A: ${expression('toJSON(secrets)')}`],
    ['no credentials stay behind', 'persist-credentials: false', 'persist-credentials: true'],
    ['no credentials stay behind', /\n {8}with:\n {10}persist-credentials: false/, ''],
    ['installs run no scripts', 'npm ci --omit=dev --ignore-scripts $INSTALL', 'npm ci --omit=dev $INSTALL'],
    ['a setup sees no secret', `INSTALL: ${expression('matrix.install')}`, `INSTALL: ${expression('secrets.A')}`],
    ['cache access is minimal', 'cache-mode: read\n', 'cache-mode: write\n'],
    ['cache access is minimal', 'cache-mode: read\n', ''],
    ['cache access is minimal', '    name: Report\n', '    name: Report\n    cache-mode: write\n'],
    ['a cache is written before there is a secret', /(?= {6}- name: Keep what explains)/, CACHE],
    ['every job has a time limit', '    timeout-minutes: 10\n', ''],
    ['no deployment for a leg', '      deployment: false\n', ''],
    ['a queue is not cancelled', 'queue: max', 'queue: max\n      cancel-in-progress: true'],
    ['no trigger that trusts strangers', '  repository_dispatch:', '  issue_comment:\n  repository_dispatch:'],
  ];

  it.each(broken)('finds what breaks it: %s (%s → %s)', async (rule, from, to) => {
    const faults = brokenRules(await readWorkflow(SAMPLE, changed(from, to)));
    expect([...new Set(faults.map((fault) => fault.rule))]).toEqual([rule]);
  });
});

describe('a file that GitHub would refuse', () => {
  const refused: readonly [string, string | RegExp, string, string][] = [
    ['a cron expression that is none', '17 * * * *', '61 * * * *', 'cron'],
    ['a job that is not there', 'needs: plan', 'needs: plans', 'plans'],
    ['a context that is not there', 'matrix.leg }}', 'matrixx.leg }}', 'matrixx'],
    ['a step without its output', 'matrix.runs }}', 'secrets.A && }}', 'Unexpected'],
    ['a key that is not known', 'timeout-minutes: 10', 'timeout-minute: 10', 'timeout-minute'],
    ['secrets in a condition', 'if: failure()', "if: secrets.A == ''", 'secrets'],
  ];

  it.each(refused)('is refused here, with the line: %s', async (_, from, to, word) => {
    const text = changed(from, to);
    const line = text.split('\n').findIndex((candidate, index) => candidate !== texts.get(SAMPLE)!.split('\n')[index]);
    const error = await readWorkflow(SAMPLE, text).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WorkflowError);
    const [fault] = (error as WorkflowError).faults;
    expect(fault!.message).toContain(word);
    expect(Math.abs(fault!.line - (line + 1))).toBeLessThanOrEqual(2);
  });
});

describe('the form of a run by hand', () => {
  it('has seven inputs, each with a sentence for somebody who sees it for the first time', async () => {
    const { events } = await orchestrator();
    const inputs = Object.entries(events.workflow_dispatch?.inputs ?? {});
    expect(inputs.map(([name, { type, options }]) => [name, String(type), options])).toEqual([
      ['job', 'string', undefined],
      ['group', 'string', undefined],
      ['force', 'boolean', undefined],
      ['full_refresh', 'boolean', undefined],
      ['accept_deletes', 'boolean', undefined],
      ['dry_run', 'boolean', undefined],
      ['environment', 'choice', ['dev', 'prd']],
    ]);
    for (const [, { description }] of inputs) expect(description).toMatch(/^[A-Z].{20,}\.$/);
  });

  it('stands beside an hourly tick off the full hour, and one from outside', async () => {
    const { events } = await orchestrator();
    expect(events.schedule).toHaveLength(1);
    expect(events.schedule![0]!.cron).toMatch(/^([1-9]|[1-5]\d) \* \* \* \*$/);
    expect(events.repository_dispatch?.types).toEqual(['tick']);
  });
});
