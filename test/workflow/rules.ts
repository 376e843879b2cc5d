/** What our workflows keep to, beyond what GitHub asks: least privilege, pins, nothing foreign in a script. */
import { isBasicExpression, isMapping, TemplateToken } from './parser.ts';
import { type Fault, type Fields, fieldsOf, type Job, lineOf, type Workflow } from './workflow.ts';

export interface RuleFault extends Fault {
  readonly rule: Rule;
}

export type Rule =
  | 'no expression in a script'
  | 'actions are pinned'
  | 'permissions are minimal'
  | 'secrets have static names'
  | 'no credentials stay behind'
  | 'every job has a time limit'
  | 'no deployment for a leg'
  | 'no trigger that trusts strangers'
  | 'a queue is not cancelled';

type Check = (workflow: Workflow) => readonly Fault[];

const PINNED = /uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*$/;

/** What a job may be allowed, and no more; nothing here needs to write. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = { contents: ['read'] };

const STRANGE_TRIGGERS = ['pull_request_target', 'workflow_run', 'issue_comment'];

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
  'every job has a time limit': ({ jobs }) =>
    jobs.flatMap(({ fields, line }) =>
      fields.has('timeout-minutes') ? [] : [{ line, message: 'no timeout-minutes' }],
    ),
  'no deployment for a leg': ({ jobs }) =>
    jobs.flatMap(({ fields, line }) => {
      const environment = fields.get('environment');
      const isFine = environment === undefined || fieldsOf(environment).get('deployment')?.toString() === 'false';
      return isFine ? [] : [{ line, message: 'the environment needs deployment: false' }];
    }),
  'no trigger that trusts strangers': ({ events }) =>
    STRANGE_TRIGGERS.filter((name) => name in events).map((name) => ({
      line: 1,
      message: `${name} runs for strangers`,
    })),
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

function excessOf({ fields, line }: Job): Fault[] {
  const permissions = fields.get('permissions');
  if (permissions === undefined || !isMapping(permissions)) return [{ line, message: 'the job lists no permissions' }];
  const given: Fields = fieldsOf(permissions);
  return [...given].flatMap(([name, value]) =>
    ALLOWED[name]?.includes(value.toString()) ? [] : [fault(value, `${name}: ${value} is more than a job needs`)],
  );
}

function expressionsIn(root: TemplateToken) {
  const all = [...TemplateToken.traverse(root)].map(([, token]) => token);
  return all.filter(isBasicExpression);
}
