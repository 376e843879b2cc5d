/** A workflow file as GitHub's own parser reads it. */
import { parse } from 'yaml';
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
  /** What its jobs may do with the cache, where they do not say; undefined where it does not either. */
  readonly cacheMode: CacheMode | undefined;
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
  readonly cacheMode: CacheMode;
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
  const { known, cacheMode, modeOf } = withoutCacheModes(file, content);
  const { context, value: root } = parseWorkflow({ name: file, content: known }, new NoOperationTraceWriter());
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
    const [id, line] = [job.id.value, job.id.line ?? 1];
    return { id, line, needs, cacheMode: modeOf(id), condition: job.if.expression, fields: own, steps };
  });
  return { file, lines: content.split('\n'), events: template.events, cacheMode, fields, jobs, root };
}

/** What a job may do with the cache: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#cache-mode */
const CACHE_MODES = ['read', 'write', 'write-only', 'none'] as const;
export type CacheMode = (typeof CACHE_MODES)[number];

/** As far as it is looked at here. */
interface Modes {
  readonly 'cache-mode'?: unknown;
  readonly jobs?: Readonly<Record<string, { readonly 'cache-mode'?: unknown } | null>>;
}

/**
 * GitHub takes `cache-mode` of a workflow and of a job since September 2026; the parser is older: what it is shown is the text without
 * those lines, and as long.
 */
function withoutCacheModes(file: string, content: string) {
  const line = /^(?: {4})?cache-mode:.*$/gm;
  const { 'cache-mode': shared, jobs = {} } = parse(line.test(content) ? content : '{}') as Modes;
  const own = Object.values(jobs).map((job) => job?.['cache-mode']);
  const unknown = [shared, ...own].find((mode) => mode !== undefined && !CACHE_MODES.some((one) => one === mode));
  if (unknown !== undefined) throw new WorkflowError(file, [{ line: 1, message: `no cache-mode: ${unknown}` }]);
  const cacheMode = shared as CacheMode | undefined;
  const modeOf = (job: string): CacheMode => (jobs[job]?.['cache-mode'] ?? cacheMode ?? 'write') as CacheMode;
  return { known: content.replaceAll(line, ''), cacheMode, modeOf };
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
