/** What our workflows keep to, beyond what GitHub asks: least privilege, pins, nothing foreign in a script. */
import { isBasicExpression, isMapping, TemplateToken } from './parser.ts';
import { type Fault, type Fields, fieldsOf, type Job, lineOf, type Step, type Workflow } from './workflow.ts';

export interface RuleFault extends Fault {
  readonly rule: Rule;
}

export type Rule =
  | 'no expression in a script'
  | 'actions are pinned'
  | 'permissions are minimal'
  | 'secrets have static names'
  | 'no credentials stay behind'
  | 'installs run no scripts'
  | 'a setup sees no secret'
  | 'cache access is minimal'
  | 'a cache is written before there is a secret'
  | 'every job has a time limit'
  | 'no deployment for a leg'
  | 'no trigger that trusts strangers'
  | 'nothing of a watched run is used'
  | 'a pull request sees no secret'
  | 'a queue is not cancelled';

type Check = (workflow: Workflow) => readonly Fault[];

const PINNED = /uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*$/;

/** What any job may be allowed, and no more. */
const ALLOWED: Readonly<Record<string, string>> = { contents: 'read' };

/** What a job may be allowed besides when it has a step that uses the action. */
const ALLOWED_FOR: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'google-github-actions/auth': { 'id-token': 'write' },
  'actions/deploy-pages': { 'id-token': 'write', pages: 'write' },
};

/** And when it runs the command. */
const ALLOWED_TO: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'tidemill.mjs report-issues': { issues: 'write' },
  'tidemill.mjs watchdog': { actions: 'write', issues: 'write' },
  'scripts/publish.ts': { 'id-token': 'write' },
  'gh pr create': { contents: 'write', 'pull-requests': 'write' },
  'gh release create': { contents: 'write' },
};

const STRANGE_TRIGGERS = ['pull_request_target', 'issue_comment'];

/** All that may be known of a run that has ended: its other facts may have been written by strangers. */
const HARMLESS = /\bgithub\.event\.workflow_run\.conclusion\b/g;

const SETUP = /\btidemill\.mjs (setup|transform --install)\b|\bnpm ci\b/;

const SAVES = /^actions\/cache(\/save)?@/;

/** What may come before a setup, or before a cache is written: none of them leaves anything that opens a door. */
const HARMLESS_ACTION = /^actions\/(checkout|setup-node|setup-python|cache(\/(restore|save))?)@/;

/** The planner's process has ended with what it was given: on a machine that plans first, it may come before a setup. */
const PLAN = /\btidemill\.mjs plan\b/;
/** What takes away again what an action has signed in with. */
const LOGOUTS: Readonly<Record<string, string>> = {
  'google-github-actions/auth': 'rm -f "$GOOGLE_GHA_CREDS_PATH"',
};

const checks: Readonly<Record<Rule, Check>> = {
  'no expression in a script': (workflow) =>
    tokensOf(workflow, 'run').flatMap((run) =>
      isBasicExpression(run) ? [fault(run, 'give the value to the script by an environment variable')] : [],
    ),
  'actions are pinned': (workflow) =>
    tokensOf(workflow, 'uses').flatMap((uses) =>
      PINNED.test(workflow.lines[lineOf(uses) - 1] ?? '')
        ? []
        : [fault(uses, 'name the commit, 40 digits, and its version as a comment')],
    ),
  'permissions are minimal': (workflow) => [
    ...(isNothing(workflow.fields.get('permissions'))
      ? []
      : [{ line: 1, message: 'the workflow needs permissions: {}' }]),
    ...workflow.jobs.flatMap(excessOf),
  ],
  'secrets have static names': (workflow) =>
    expressionsIn(workflow.root).flatMap((token) => {
      const rest = token.expression.replaceAll(/\bsecrets\.[A-Z_][A-Z0-9_]*\b/g, '');
      return /\bsecrets\b/i.test(rest) ? [fault(token, 'a computed name sends every secret to the machine')] : [];
    }),
  'no credentials stay behind': ({ jobs }) =>
    stepsUsing(jobs, 'actions/checkout').flatMap(({ fields, line }) => {
      const persist = fieldsOf(fields.get('with')).get('persist-credentials')?.toString();
      return persist === 'false' ? [] : [{ line, message: 'checkout needs persist-credentials: false' }];
    }),
  // Any step of a job that may ask for an identity can do so, the scripts of packages among them.
  'installs run no scripts': (workflow) =>
    tokensOf(workflow, 'run').flatMap((run) =>
      /\bnpm (ci|i|install|add)\b(?!.*--ignore-scripts)/.test(run.toString())
        ? [fault(run, 'npm needs --ignore-scripts')]
        : [],
    ),
  // What a service asks for may run code of packages, whatever installs it.
  'a setup sees no secret': ({ fields, jobs }) =>
    jobs.flatMap((job) => doorsBefore(SETUP, 'run', 'a setup', { job, workflow: fields })),
  // Every machine runs what it finds there.
  'cache access is minimal': ({ cacheMode, jobs }) => [
    ...(cacheMode === 'read' || cacheMode === 'none'
      ? []
      : [{ line: 1, message: 'the workflow needs cache-mode: read, or none' }]),
    ...jobs
      .filter((job) => job.cacheMode.startsWith('write') && !job.steps.some(mayCache))
      .map(({ line }) => ({ line, message: 'the job writes to no cache' })),
  ],
  'a cache is written before there is a secret': ({ fields, jobs }) =>
    jobs.flatMap((job) => doorsBefore(SAVES, 'uses', 'what is cached', { job, workflow: fields })),
  'every job has a time limit': ({ jobs }) =>
    jobs.flatMap(({ fields, line }) =>
      fields.has('timeout-minutes') ? [] : [{ line, message: 'no timeout-minutes' }],
    ),
  'no deployment for a leg': ({ jobs }) =>
    jobs.flatMap((job) => {
      const { fields, line } = job;
      const environment = fields.get('environment');
      const isNone = environment === undefined || fieldsOf(environment).get('deployment')?.toString() === 'false';
      // A page that is published is one.
      const isFine = isNone || stepsUsing([job], 'actions/deploy-pages').length > 0;
      return isFine ? [] : [{ line, message: 'the environment needs deployment: false' }];
    }),
  'no trigger that trusts strangers': ({ events }) =>
    STRANGE_TRIGGERS.filter((name) => name in events).map((name) => ({
      line: 1,
      message: `${name} runs for strangers`,
    })),
  'nothing of a watched run is used': (workflow) => ('workflow_run' in workflow.events ? usesOfRun(workflow) : []),
  // GitHub gives none to those from forks; others would run unread code with them.
  'a pull request sees no secret': (workflow) =>
    'pull_request' in workflow.events
      ? expressionsIn(workflow.root).flatMap((token) =>
          /\bsecrets\b/i.test(token.expression) ? [fault(token, 'whoever opens a pull request could read it')] : [],
        )
      : [],
  // GitHub refuses the two together, and its parser does not.
  'a queue is not cancelled': ({ fields, jobs }) =>
    [fields, ...jobs.map((job) => job.fields)].flatMap((owner) => {
      const concurrency = fieldsOf(owner.get('concurrency'));
      const cancel = concurrency.get('cancel-in-progress');
      const isBoth = concurrency.get('queue')?.toString() === 'max' && cancel?.toString() === 'true';
      return isBoth && cancel !== undefined ? [fault(cancel, 'what waits in a queue is to run')] : [];
    }),
};

/** Every place where a workflow breaks a rule. */
export const brokenRules = (workflow: Workflow): RuleFault[] =>
  (Object.keys(checks) as Rule[]).flatMap((rule) => checks[rule](workflow).map((found) => ({ rule, ...found })));

const fault = (token: TemplateToken, message: string): Fault => ({ line: lineOf(token), message });

const stepsUsing = (jobs: readonly Job[], action: string) =>
  jobs.flatMap(({ steps }) => steps.filter(({ fields }) => fields.get('uses')?.toString().startsWith(`${action}@`)));

const tokensOf = ({ jobs }: Workflow, field: string): TemplateToken[] =>
  jobs.flatMap(({ steps }) => steps.flatMap(({ fields }) => fields.get(field) ?? []));

const isNothing = (token: TemplateToken | undefined): boolean =>
  token !== undefined && isMapping(token) && token.count === 0;

function excessOf(job: Job): Fault[] {
  const { fields, line } = job;
  const reasons = Object.keys(ALLOWED_FOR).filter((action) => stepsUsing([job], action).length > 0);
  const commands = Object.keys(ALLOWED_TO).filter((command) => runsIn(job).some((run) => run.includes(command)));
  const allowed = Object.assign(
    {},
    ALLOWED,
    ...reasons.map((action) => ALLOWED_FOR[action]),
    ...commands.map((command) => ALLOWED_TO[command]),
  );
  const permissions = fields.get('permissions');
  if (permissions === undefined || !isMapping(permissions)) return [{ line, message: 'the job lists no permissions' }];
  const given: Fields = fieldsOf(permissions);
  return [...given].flatMap(([name, value]) =>
    allowed[name] === value.toString() ? [] : [fault(value, `${name}: ${value} is more than a job needs`)],
  );
}

/** Secrets that a step is given, and logins, up to the last step whose field is like that. */
function doorsBefore(
  like: RegExp,
  field: string,
  what: string,
  { job: { fields, steps }, workflow }: { readonly job: Job; readonly workflow: Fields },
): Fault[] {
  const isLike = (step: Step): boolean => like.test(step.fields.get(field)?.toString() ?? '');
  const last = steps.findLastIndex(isLike);
  if (last === -1) return [];
  // What saves by itself does so in the end.
  const until = /^actions\/cache@/.test(steps[last]!.fields.get(field)!.toString()) ? steps : steps.slice(0, last + 1);
  const near = until.filter((step) => !PLAN.test(runOf(step)));
  const shared = [workflow.get('env') ?? [], fields.get('env') ?? []].flat();
  const given = [...shared, ...near.flatMap((step) => [...step.fields.values()])].flatMap(expressionsIn);
  const isPlanned = near.length < until.length;
  const actions = until.flatMap((step, at) => {
    const uses = step.fields.get('uses');
    const isGone = isPlanned && isUndone(uses?.toString() ?? '', until.slice(at + 1), isLike);
    return uses === undefined || isGone ? [] : [uses];
  });
  return [
    ...given
      .filter(({ expression }) => /\b(secrets|github\.token)\b/i.test(expression))
      .map((token) => fault(token, `${what} comes before the first secret`)),
    ...actions
      .filter((uses) => !HARMLESS_ACTION.test(uses.toString()))
      .map((uses) => fault(uses, `${what} comes before whatever may sign in`)),
  ];
}

/** Whether what the action left is taken away before the next step that must not see it. */
function isUndone(uses: string, after: readonly Step[], isLike: (step: Step) => boolean): boolean {
  const logout = LOGOUTS[uses.split('@')[0] ?? ''];
  const next = after.findIndex(isLike);
  return logout !== undefined && after.slice(0, next).some((step) => runOf(step) === logout);
}

const runOf = ({ fields }: Step): string => fields.get('run')?.toString() ?? '';

/** Whether a step may save something in the cache. */
const mayCache = ({ fields }: Job['steps'][number]): boolean =>
  SAVES.test(fields.get('uses')?.toString() ?? '') || fieldsOf(fields.get('with')).has('cache');

const runsIn = ({ steps }: Job): string[] => steps.map(runOf);

/** A checkout of anything but the default branch, and expressions that read the event. */
function usesOfRun({ jobs, root }: Workflow): Fault[] {
  const elsewhere = stepsUsing(jobs, 'actions/checkout').filter(({ fields }) => {
    const inputs = fieldsOf(fields.get('with'));
    return inputs.has('ref') || inputs.has('repository');
  });
  const conditions = jobs
    .flatMap((job) => [job, ...job.steps])
    .map(({ condition, line }) => ({ text: condition, line }));
  const texts = [
    ...conditions,
    ...expressionsIn(root).map((token) => ({ text: token.expression, line: lineOf(token) })),
  ];
  return [
    ...elsewhere.map(({ line }) => ({ line, message: 'the code of a watched run is not to be trusted' })),
    ...texts
      .filter(({ text }) => /\bgithub\.(event(?!_name)|head_ref)|toJSON\(github\)/i.test(text.replaceAll(HARMLESS, '')))
      .map(({ line }) => ({ line, message: 'what the event says of a watched run is not to be trusted' })),
  ];
}

function expressionsIn(root: TemplateToken) {
  const all = [...TemplateToken.traverse(root)].map(([, token]) => token);
  return all.filter(isBasicExpression);
}
