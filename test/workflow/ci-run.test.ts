import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { workflowText } from './scenario.ts';
import { readWorkflow } from './workflow.ts';

const SCRIPT = resolve(import.meta.dirname, '../../.ci/run');

/** An npm that notes and prints what it is asked for, fails at what it is told to, and writes the report of a test run. */
const NPM = `#!/bin/bash
echo "npm $*" >> "$NOTES"
all=$*
echo "first of \${all%% --*}"
for argument in "$@"; do
  case $argument in --outputFile.json=*) printf '%s' "$REPORT" > "\${argument#*=}" ;; esac
done
[[ "$*" != 'run test:spanner'* || -z $SAYS ]] || echo "$SAYS" >> "$TIDEMILL_CI_NOTES"
[[ "$*" != "$DIES"* ]] || kill -KILL "$(ps -o ppid= -p "$PPID" | tr -d ' ')"
for part in $FAIL; do [[ " $* " != *" $part "* ]] || exit 1; done
echo "last of \${all%% --*}"
`;

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly last: string;
  readonly asked: readonly string[];
}

interface Faults {
  /** Words of what fails. */
  readonly fail?: string;
  /** What a step leaves a note of. */
  readonly notes?: string;
  /** At this, what runs the steps is killed. */
  readonly dies?: string;
}

function runCi({
  fail = '',
  dies = 'nothing',
  notes: says = '',
  report = '',
}: Faults & { readonly report?: string }): Outcome {
  const folder = mkdtempSync(join(tmpdir(), 'ci-run-'));
  for (const part of ['.ci', 'bin']) mkdirSync(join(folder, part));
  copyFileSync(SCRIPT, join(folder, '.ci', 'run'));
  writeFileSync(join(folder, 'bin', 'npm'), NPM);
  chmodSync(join(folder, 'bin', 'npm'), 0o755);
  symlinkSync(process.execPath, join(folder, 'bin', 'node'));
  writeFileSync(join(folder, 'package.json'), '{ "scripts": { "check": "npm run check:a && npm run check:b" } }');
  const notes = join(folder, 'notes');
  const env = {
    PATH: `${join(folder, 'bin')}:/usr/bin:/bin`,
    NOTES: notes,
    FAIL: fail,
    DIES: dies,
    REPORT: report,
    SAYS: says,
  };
  const { status, stdout } = spawnSync(join(folder, '.ci', 'run'), { cwd: tmpdir(), env, encoding: 'utf8' });
  const asked = readFileSync(notes, 'utf8').trimEnd().split('\n');
  return { status, stdout, last: stdout.trimEnd().split('\n').at(-1) ?? '', asked };
}

/** Runs of tests, each with the same report; the kills, the promises, the linters, the bundle and the two checks are a step each. */
const RUNS = 15;
const STEPS = 6;
const TOGETHER = [
  ['npm run check:a', 'npm run check:b', 'npm run lint:workflows', 'npm run bundle'],
  ['npm run test:bigquery', 'npm run test:servers', 'npm run test:dbt', 'npm run test:browser'],
  ['npm run test:workflow', 'npm run test:lateness'],
  ['npm run test:spanner', 'npm run test:events'],
];
const counts = (passed: number, failed: number): string => `${passed} passed, ${failed} failed`;

const tested = (numPassedTests: number, numFailedTests = 0, more: object = {}): string =>
  JSON.stringify({ numPassedTests, numFailedTests, ...more });

describe('.ci/run', () => {
  it('installs, tests and checks, and counts every test and every check', () => {
    const { status, last, asked } = runCi({ report: tested(40) });
    expect([status, last]).toEqual([0, counts(RUNS * 40 + STEPS, 0)]);
    const [install, ...rest] = asked.map((line) => line.replace(/ --.*/, ''));
    expect(install).toBe('npm ci');
    // Side by side, but what shares an installation is in one order.
    for (const together of TOGETHER) expect(rest.filter((line) => together.includes(line))).toEqual(together);
    const alone = ['kills', 'promises', 'packages', 'readers', 'taps', 'lineage', 'fuzz', 'act'];
    const all = [...TOGETHER.flat(), 'npm test', ...alone.map((name) => `npm run test:${name}`)];
    expect(rest.toSorted()).toEqual(all.toSorted());
  });

  it('names every step with what it has come to, before its last line', () => {
    const { stdout } = runCi({ report: tested(40, 2), fail: 'check:a' });
    const told = stdout.split('seconds, passed, failed')[1] ?? '';
    expect(told).toMatch(/^ +\d+ s +40 +2 {2}npm run test:dbt$/m);
    expect(told).toMatch(/^ +\d+ s +0 +1 {2}npm run check:a$/m);
    expect(told).toMatch(/^ +\d+ s +1 +0 {2}npm run check:b$/m);
  });

  it('says in its last lines what a step has left a note of', () => {
    const { status, stdout } = runCi({ report: tested(40), notes: 'the fake stood in' });
    expect(status).toBe(0);
    expect(stdout.trimEnd().split('\n').slice(-2)).toEqual(['the fake stood in', counts(RUNS * 40 + STEPS, 0)]);
  });

  it('prints what a step has printed, whole', () => {
    expect(runCi({ report: tested(40) }).stdout).toContain(
      '\n=== npm run test:dbt\nfirst of run test:dbt\nlast of run test:dbt\n',
    );
  });

  it('goes on after a failure and exits with it', () => {
    expect(runCi({ report: tested(38, 2), fail: 'test' })).toMatchObject({
      status: 1,
      last: counts(RUNS * 38 + STEPS, RUNS * 2),
    });
    const red = runCi({ report: tested(40), fail: 'check:a' });
    expect(red).toMatchObject({ status: 1, last: counts(RUNS * 40 + STEPS - 1, 1) });
    expect(red.asked).toContain('npm run check:b');
  });

  it('counts a test run that fails without a failed test, or reports nothing, as one failure', () => {
    expect(runCi({ report: tested(40), fail: 'test' })).toMatchObject({
      status: 1,
      last: counts(RUNS * 40 + STEPS, 1),
    });
    expect(runCi({ report: '', fail: 'test' })).toMatchObject({ status: 1, last: counts(STEPS, RUNS) });
    expect(runCi({ report: tested(0) })).toMatchObject({ status: 1, last: counts(STEPS, RUNS) });
  });

  it.each(['numPendingTests', 'numTodoTests'])('counts a test that was left out as a failure: %s', (left) => {
    expect(runCi({ report: tested(40, 0, { [left]: 2 }) })).toMatchObject({
      status: 1,
      last: counts(RUNS * 40 + STEPS, RUNS * 2),
    });
    expect(runCi({ report: tested(40, 0, { [left]: 0 }) })).toMatchObject({
      status: 0,
      last: counts(RUNS * 40 + STEPS, 0),
    });
  });

  it('counts a failure where it has not come to the end of its steps', () => {
    const { status, last, asked } = runCi({ report: tested(40), dies: 'run test:dbt' });
    expect(status).toBe(1);
    expect(last).toMatch(/ passed, 1 failed$/);
    expect(asked.join('\n')).not.toContain('test:browser');
  });

  it('ends at once when nothing can be installed, with its last line', () => {
    const { status, last, asked } = runCi({ fail: 'ci' });
    expect([status, last, asked]).toEqual([1, '0 passed, 1 failed', ['npm ci']]);
  });
});

describe('the workflow of the checks', () => {
  const SUITES = /^ *(?:tests|step) (npm .+)$/gm;

  it('runs every suite that .ci/run runs', async () => {
    const script = readFileSync(SCRIPT, 'utf8');
    const suites = [...script.matchAll(SUITES)].map(([, command = '']) => command);
    expect(suites).toContain('npm run test:servers');
    const { jobs } = await readWorkflow('ci.yml', await workflowText('ci.yml'));
    const runs = jobs.flatMap((job) => job.steps.map(({ fields }) => fields.get('run')?.toString()));
    expect(runs).toEqual(expect.arrayContaining([...suites, 'npm run check']));
  });
});
