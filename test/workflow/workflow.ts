/** A workflow file as GitHub's own parser reads it. */
import { evaluate, type Json, type Scope } from './expression.ts';
import {
  convertWorkflowTemplate,
  type EventsConfig,
  isBasicExpression,
  isBoolean,
  isMapping,
  isNumber,
  isSequence,
  isString,
  NoOperationTraceWriter,
  parseWorkflow,
  type TemplateToken,
} from './parser.ts';

export interface Workflow {
  readonly file: string;
  readonly lines: readonly string[];
  readonly events: EventsConfig;
  readonly fields: Fields;
  readonly jobs: readonly Job[];
  /** Everything there is, for rules that look everywhere. */
  readonly root: TemplateToken;
}

export type Fields = ReadonlyMap<string, TemplateToken>;

export interface Job {
  readonly id: string;
  readonly line: number;
  readonly needs: readonly string[];
  /** With the `success() && …` that GitHub adds to a condition which asks for no status. */
  readonly condition: string;
  readonly fields: Fields;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly id: string;
  readonly line: number;
  readonly condition: string;
  readonly fields: Fields;
}

export interface Fault {
  readonly line: number;
  readonly message: string;
}

/** What GitHub would refuse the file for. */
export class WorkflowError extends Error {
  readonly faults: readonly Fault[];

  constructor(file: string, faults: readonly Fault[]) {
    super(faults.map(({ line, message }) => `${file}:${line} ${message}`).join('\n'));
    this.faults = faults;
  }
}

/** Throws a WorkflowError for a file that GitHub would not take. */
export async function readWorkflow(file: string, content: string): Promise<Workflow> {
  const { context, value: root } = parseWorkflow({ name: file, content }, new NoOperationTraceWriter());
  const template = root === undefined ? undefined : await convertWorkflowTemplate(context, root);
  const faults = context.errors.getErrors().map(({ rawMessage, range }) => {
    return { line: range?.start.line ?? 1, message: rawMessage };
  });
  if (faults.length > 0 || root === undefined || template === undefined) throw new WorkflowError(file, faults);
  const fields = fieldsOf(root);
  const raw = fieldsOf(fields.get('jobs'));
  const jobs = template.jobs.map((job) => {
    if (job.type !== 'job')
      throw new WorkflowError(file, [{ line: 1, message: 'reusable workflows are not run here' }]);
    const own = fieldsOf(raw.get(job.id.value));
    const steps = itemsOf(own.get('steps')).map((item, index): Step => {
      const { id, if: condition } = job.steps[index]!;
      return { id, line: lineOf(item), condition: condition?.expression ?? 'success()', fields: fieldsOf(item) };
    });
    const needs = (job.needs ?? []).map((need) => need.value);
    return { id: job.id.value, line: job.id.line ?? 1, needs, condition: job.if.expression, fields: own, steps };
  });
  return { file, lines: content.split('\n'), events: template.events, fields, jobs, root };
}

/** The entries of a mapping; none of anything else. */
export function fieldsOf(token: TemplateToken | undefined): Fields {
  if (token === undefined || !isMapping(token)) return new Map();
  return new Map([...token].map(({ key, value }) => [key.toString(), value]));
}

/** What a workflow asks for and this machine cannot do: no outcome of a run, but the end of it. */
export class Unsupported extends Error {}

/** Throws for what a workflow says and nothing here would heed. */
export function refuseUnknown(fields: Fields, known: readonly string[]): void {
  const unknown = [...fields.keys()].filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Unsupported(`not known here: ${unknown.join(', ')}`);
}

const itemsOf = (token: TemplateToken | undefined): TemplateToken[] =>
  token !== undefined && isSequence(token) ? [...token] : [];

export const lineOf = (token: TemplateToken): number => token.range?.start.line ?? 1;

/** The value of a part of the file, with every expression in it evaluated. */
export function resolve(token: TemplateToken | undefined, scope: Scope): Json {
  if (token === undefined) return null;
  if (isBasicExpression(token)) return evaluate(token.expression, scope);
  if (isString(token) || isNumber(token) || isBoolean(token)) return token.value;
  if (isSequence(token)) return [...token].map((item) => resolve(item, scope));
  if (isMapping(token))
    return Object.fromEntries([...fieldsOf(token)].map(([key, value]) => [key, resolve(value, scope)]));
  return null;
}
