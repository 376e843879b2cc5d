/**
 * A workflow as act runs it (https://github.com/nektos/act): its own engine, a shell for each step, a folder for each machine, and no
 * container. What it does not do as GitHub does is left to the harness of test/workflow:
 *
 * - It refuses the keys `cache-mode`, `environment.deployment` and `concurrency.queue`; they are removed in the copy that it runs. The
 *   event's schedule, `job.check_run_id` and `github.token` are empty.
 * - Actions are ours (./actions), for there is no network: nothing is kept of what the real ones check, of how long an artifact lasts or who
 *   may write to the cache. `actions/checkout` is act's own: it copies what .gitignore does not name.
 * - All secrets are the repository's: none belongs to an environment. A value is masked where it stands, not its parts, and not in outputs.
 * - Permissions, groups of concurrency, time limits of jobs and steps, the limits of outputs and summaries, logins (OIDC) and services: none.
 * - A `max-parallel` that is an expression is not understood: the legs run one after the other.
 * - Each step sees a terminal of no size.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ActRun, type Entry, machinesOf } from './log.ts';

export interface RunOptions {
  /** What a checkout brings. */
  readonly folder: string;
  /** Name of its file in .github/workflows; of the ingestion if not given. */
  readonly workflow?: string;
  readonly event: 'schedule' | 'workflow_dispatch';
  readonly inputs?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Variables of the repository besides TIDEMILL_ENVIRONMENT, which switches the schedule on. */
  readonly vars?: Readonly<Record<string, string>>;
  /** What the machines take for the time. */
  readonly now: string;
  /** With `false` act hides nothing: what the log lacks, the steps themselves have left out. */
  readonly isMasking?: boolean;
}

export interface Act {
  readonly run: (options: RunOptions) => Promise<ActRun>;
}

const ACTIONS = join(import.meta.dirname, 'actions');
const UNKNOWN_KEYS = /^ *(?:cache-mode|deployment|queue): .*\n/gm;

/** Its runs share GitHub's cache. `programs` come first on the path: texts of scripts by name. */
export async function startAct(programs: Readonly<Record<string, string>> = {}): Promise<Act> {
  const home = await mkdtemp(join(tmpdir(), 'act-'));
  const kept = join(home, 'kept');
  const bin = join(home, 'bin');
  for (const folder of [bin, join(kept, 'cache')]) await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries({ node: NOTING_NODE, ...programs })) {
    await writeFile(join(bin, name), `#!/bin/bash\n${text}\n`, { mode: 0o755 });
  }
  return {
    run: async ({ folder, workflow: file = 'data-ingestion-orchestrator.yaml', ...options }) => {
      const workflow = await readFile(join(folder, '.github/workflows', file), 'utf8');
      for (const name of ['artifacts', 'seen']) {
        await rm(join(kept, name), { recursive: true, force: true });
        await mkdir(join(kept, name));
      }
      await writeFile(join(home, 'workflow.yaml'), workflow.replace(UNKNOWN_KEYS, ''));
      await writeFile(join(home, 'secrets'), linesOf(options.secrets));
      const args = [...argumentsOf(options), ...standIns(workflow), '--workflows', join(home, 'workflow.yaml')];
      const env = { ...environment(), HOME: home, PATH: `${bin}:${process.env['PATH']}`, TIDEMILL_TEST_KEPT: kept };
      const { exit, stdout, stderr } = await started([...args, '--secret-file', join(home, 'secrets')], folder, env);
      const entries = stdout.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Entry] : []));
      if (entries.length === 0) throw new Error(`act has run nothing:\n${stderr}`);
      return {
        exit,
        machines: machinesOf(entries),
        log: `${entries.map(shown).join('\n')}\n${stderr}`,
        artifacts: await filesIn(join(kept, 'artifacts')),
        environments: [...(await filesIn(join(kept, 'seen'))).values()],
      };
    },
  };
}

/** Notes the environment of every step that starts Node: those of the workflow, npm's and the actions'. */
const NOTING_NODE = `env > "$TIDEMILL_TEST_KEPT/seen/$GITHUB_JOB-$GITHUB_ACTION-$$"; exec '${process.execPath}' "$@"`;

function argumentsOf(options: Omit<RunOptions, 'folder' | 'workflow'>): string[] {
  const { event, inputs = {}, vars = {}, now, isMasking = true } = options;
  const given = (flag: string, values: Readonly<Record<string, string>>): string[] =>
    Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  return [
    ...[event, '--platform', 'ubuntu-latest=-self-hosted', '--no-cache-server', '--json', '--rm'],
    ...given('--env', { TIDEMILL_NOW: now }),
    ...given('--var', { TIDEMILL_ENVIRONMENT: 'dev', ...vars }),
    ...given('--input', inputs),
    ...(isMasking ? [] : ['--insecure-secrets']),
  ];
}

/** Of each action that the workflow names: act fetches them even where their step is left out. */
function standIns(workflow: string): string[] {
  const used = new Set(
    Array.from(workflow.matchAll(/uses: ([\w-]+\/[\w-]+)[\w/-]*(@\w+)/g), ([, ...parts]) => parts.join('')),
  );
  used.delete([...used].find((action) => action.startsWith('actions/checkout@')) ?? '');
  return [...used].flatMap((action) => {
    const [name = ''] = action.split('@');
    return ['--local-repository', `https://github.com/${action}=${join(ACTIONS, name.replace(/^actions\//, ''))}`];
  });
}

/** What npm needs, and nothing of the person who runs the tests: act hands all of it to every step. */
function environment(): NodeJS.ProcessEnv {
  const { TMPDIR, npm_config_cache, npm_config_userconfig, npm_config_registry } = process.env;
  const proxies = Object.entries(process.env).filter(([name]) => /^(https?|no)_proxy$/i.test(name));
  return {
    ...Object.fromEntries(proxies),
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
    ...(npm_config_registry === undefined ? {} : { npm_config_registry }),
    npm_config_cache: npm_config_cache ?? join(homedir(), '.npm'),
    npm_config_userconfig: npm_config_userconfig ?? join(homedir(), '.npmrc'),
    npm_config_prefer_offline: 'true',
  };
}

interface Ended {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

function started(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.env['TIDEMILL_TEST_ACT'] ?? '',
      args,
      { cwd, env, maxBuffer: 2 ** 28 },
      (error, stdout, stderr) => {
        resolve({ exit: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
      },
    );
  });
}

/** Everything that act says in it. The value of a mask is for the runner's ears, as on GitHub. */
const shown = (entry: Entry): string => (entry.command === 'add-mask' ? entry.msg : JSON.stringify(entry));

const linesOf = (values: Readonly<Record<string, string>> = {}): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

/** Texts by their path in the folder. */
async function filesIn(folder: string): Promise<Map<string, string>> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const read = found
    .filter((entry) => entry.isFile())
    .map(async ({ parentPath, name }) => {
      const file = join(parentPath, name);
      return [file.slice(folder.length + 1), await readFile(file, 'utf8')] as const;
    });
  return new Map(await Promise.all(read));
}
