import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type RunOptions, runWorkflow, type WorkflowRun } from './harness.ts';
import { readWorkflow } from './workflow.ts';

type Node = Readonly<Record<string, unknown>>;

const ubuntu = { 'runs-on': 'ubuntu-latest' };
const expression = (text: string): string => `\${{ ${text} }}`;

async function runJobs(jobs: Node, options: Partial<RunOptions> = {}, more: Node = {}): Promise<WorkflowRun> {
  // JSON is YAML.
  const workflow = await readWorkflow('test.yaml', JSON.stringify({ on: { workflow_dispatch: {} }, ...more, jobs }));
  const repository = await mkdtemp(join(tmpdir(), 'empty-'));
  return runWorkflow(workflow, { event: { name: 'workflow_dispatch', inputs: {} }, repository, ...options });
}

const runSteps = (steps: readonly Node[], more: Node = {}): Promise<WorkflowRun> =>
  runJobs({ one: { ...ubuntu, ...more, steps } });

const legsOf = ({ jobs }: WorkflowRun) => [...jobs.values()].flatMap(({ legs }) => legs);
const outcomes = (run: WorkflowRun): string[] =>
  legsOf(run).flatMap(({ steps }) => steps.map(({ outcome }) => outcome));
const logs = (run: WorkflowRun): string =>
  legsOf(run)
    .flatMap(({ steps }) => steps.map(({ log }) => log))
    .join('');

describe('steps', () => {
  it('go on to the first failure; conditions on the status see it', async () => {
    const run = await runSteps([
      { run: 'exit 1', id: 'a', 'continue-on-error': true },
      { run: `echo ${expression('steps.a.outcome')}/${expression('steps.a.conclusion')}` },
      { run: 'false\n:' },
      { run: 'true' },
      { run: 'true', if: 'failure()' },
      { run: 'true', if: 'always()' },
      { run: 'true', if: 'cancelled()' },
    ]);
    expect(outcomes(run)).toEqual(['failure', 'success', 'failure', 'skipped', 'success', 'success', 'skipped']);
    expect(logs(run)).toBe('failure/success\n');
    expect(run.conclusion).toBe('failure');
  });

  it('heed the failure of a pipe only in a shell that is named', async () => {
    const run = await runSteps([{ run: 'false | true' }, { run: 'false | true', shell: 'bash' }]);
    expect(outcomes(run)).toEqual(['success', 'failure']);
  });

  it('hand values on by the runner’s files, several lines included', async () => {
    const first = [
      'echo "A=from env" >> "$GITHUB_ENV"',
      'printf "text<<END\\none\\ntwo\\nEND\\n" >> "$GITHUB_OUTPUT"',
      'mkdir bin; printf "#!/bin/bash\\necho tool found\\n" > bin/tool; chmod +x bin/tool',
      'echo "$PWD/bin" >> "$GITHUB_PATH"',
      'echo "### done" >> "$GITHUB_STEP_SUMMARY"',
    ];
    const run = await runSteps([
      { run: first.join('\n'), id: 'first' },
      { run: `tool; echo "$A, ${expression('env.A')}; $TEXT"`, env: { TEXT: expression('steps.first.outputs.text') } },
    ]);
    expect(logs(run)).toBe('tool found\nfrom env, from env; one\ntwo\n');
    expect(legsOf(run)[0]!.summary).toBe('### done\n');
  });

  it('lose a summary over 1 MiB, and fail on outputs the runner cannot read', async () => {
    const long = await runSteps([{ run: 'head -c 1048577 /dev/zero | tr "\\0" x >> "$GITHUB_STEP_SUMMARY"' }]);
    expect(legsOf(long)[0]).toMatchObject({ result: 'success', summary: '', annotations: [{ level: 'error' }] });
    const broken = await runSteps([{ run: 'echo nonsense >> "$GITHUB_OUTPUT"' }, { run: 'true', if: 'failure()' }]);
    expect(outcomes(broken)).toEqual(['failure', 'success']);
  });

  it('see what GitHub gives them and nothing of this process', async () => {
    const env = { MINE: expression('github.repository') };
    const run = await runJobs({ one: { ...ubuntu, steps: [{ run: 'env | sort' }] } }, {}, { env });
    const names = logs(run)
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names).toContain('GITHUB_RUN_ID');
    expect(names.filter((name) => /^(VITEST|NODE_|npm_)/.test(name!))).toEqual([]);
    expect(logs(run)).toMatch(/^MINE=octocat\/tidemill$/m);
    expect(logs(run)).toMatch(/^PATH=\/usr\/bin:\/bin$/m);
  });

  it('annotate: ten of a level, without the escapes', async () => {
    const run = await runSteps([
      { run: 'for i in $(seq 12); do echo "::warning file=a%2Cb,line=$i::50%25%0Aof it"; done' },
    ]);
    const { annotations } = legsOf(run)[0]!;
    expect(annotations).toHaveLength(10);
    expect(annotations[0]).toEqual({ level: 'warning', message: '50%\nof it', properties: { file: 'a,b', line: '1' } });
  });
});

describe('jobs', () => {
  it('run after what they need; a failure skips everything behind it but what asks for it', async () => {
    const green = [{ run: 'true' }];
    const run = await runJobs({
      last: { ...ubuntu, needs: ['a', 'b'], if: 'always()', steps: [{ run: `echo ${expression('needs.b.result')}` }] },
      b: { ...ubuntu, needs: 'a', steps: green },
      a: { ...ubuntu, steps: [{ run: 'false' }] },
      c: { ...ubuntu, needs: 'b', if: 'failure()', steps: green },
      d: { ...ubuntu, needs: 'b', steps: green },
    });
    expect(Object.fromEntries([...run.jobs].map(([id, { result }]) => [id, result]))).toEqual({
      a: 'failure',
      b: 'skipped',
      c: 'success',
      d: 'skipped',
      last: 'success',
    });
    expect(logs(run)).toBe('skipped\n');
  });

  it('hand outputs on, except one with a secret in it', async () => {
    const set = 'echo "open=yes" >> "$GITHUB_OUTPUT"; echo "shut=x$T" >> "$GITHUB_OUTPUT"; echo "$T"';
    const outputs = { open: expression('steps.s.outputs.open'), shut: expression('steps.s.outputs.shut') };
    const shown = `echo "[${expression('needs.a.outputs.open')}][${expression('needs.a.outputs.shut')}]"`;
    const jobs = {
      a: { ...ubuntu, outputs, steps: [{ run: set, id: 's', env: { T: expression('secrets.TOKEN') } }] },
      b: { ...ubuntu, needs: 'a', steps: [{ run: shown }] },
    };
    const run = await runJobs(jobs, { secrets: { values: { TOKEN: 'hunter22' } } });
    expect(logs(run)).toBe('***\n[yes][]\n');
  });

  it('hand no output on that a line of a secret is in, if they name that secret, and warn of it', async () => {
    const outputs = { json: expression('steps.s.outputs.json') };
    const set = { run: 'echo \'json={"a":"b"}\' >> "$GITHUB_OUTPUT"', id: 's' };
    const named = {
      if: expression(`env.K != 'x'`),
      env: { K: expression("secrets.KEY != '' && 'yes' || ''") },
      run: ':',
    };
    const secrets = { values: { KEY: '{\n  "a": "b"\n}\n' } };
    const jobs = {
      open: { ...ubuntu, outputs, steps: [set] },
      shut: { ...ubuntu, outputs, steps: [set, named] },
      told: { ...ubuntu, outputs, steps: [set, { run: 'echo "::add-mask::\\"b\\""' }] },
    };
    const run = await runJobs(jobs, { secrets });
    const [open, shut, told] = legsOf(run);
    expect([open!.outputs, open!.annotations]).toEqual([{ json: '{"a":"b"}' }, []]);
    for (const leg of [shut, told]) {
      const message = "Skip output 'json' since it may contain secret.";
      expect(leg).toMatchObject({ result: 'success', outputs: {}, annotations: [{ level: 'warning', message }] });
    }
  });

  it('take the values of their environment before those of the repository', async () => {
    const vars = { values: { A: 'of all' }, environments: { prd: { A: 'of prd' } } };
    const secrets = { values: { B: 'a' }, environments: { prd: { B: 'abc' } } };
    const steps = [
      { run: `echo "${expression('vars.A')}, $(printf "$B" | wc -c)"`, env: { B: expression('secrets.B') } },
    ];
    const environment = { name: 'prd', deployment: false };
    const jobs = { a: { ...ubuntu, environment, steps }, b: { ...ubuntu, needs: 'a', steps } };
    expect(logs(await runJobs(jobs, { vars, secrets })).replaceAll('***', 'a')).toBe('of prd, 3\nof all, 1\n');
  });

  it('are one leg a row; an empty matrix is a failure, and with fail-fast the rest is not run', async () => {
    const include = [{ exit: 0 }, { exit: 1 }, { exit: 0 }];
    const steps = [{ run: `exit ${expression('matrix.exit')}` }];
    expect(outcomes(await runSteps(steps, { strategy: { matrix: { include } } }))).toEqual(['success', 'failure']);
    const all = await runSteps(steps, { strategy: { 'fail-fast': false, matrix: { include } } });
    expect(outcomes(all)).toEqual(['success', 'failure', 'success']);
    const none = await runSteps(steps, { strategy: { matrix: expression(`fromJSON('{"include":[]}')`) } });
    expect(none.jobs.get('one')).toMatchObject({
      result: 'failure',
      legs: [],
      error: expect.stringContaining('atrix'),
    });
  });

  it('are not run here when they ask for something unknown', async () => {
    const asked: readonly [string, readonly Node[], Node][] = [
      ['somebody/action', [{ uses: 'somebody/action@v1' }], {}],
      ['fish', [{ run: 'true', shell: 'fish' }], {}],
      ['working-directory', [{ run: 'true', 'working-directory': 'a' }], {}],
      ['container', [{ run: 'true' }], { container: 'debian' }],
      ['has no input', [{ uses: 'actions/checkout@v7', with: { 'fetch-deep': 1 } }], {}],
    ];
    for (const [word, steps, more] of asked) {
      await expect(runSteps(steps, more)).rejects.toThrow(word);
    }
  });
});
