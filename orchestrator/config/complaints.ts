/** What a schema has against a value, in words: what was expected, and the nearest thing that would do. */
import { z } from 'zod';
import { type FaultList, quoted, suggestion } from './faults.ts';
import { nearest } from './nearest.ts';
import type { Path, YamlSource } from './yaml-source.ts';
import { isObject } from './yaml-source.ts';

export type Issue = z.core.$ZodIssue;

/** Adds the issue, whose path is whole, to `faults`. */
export function complain(issue: Issue, schema: z.ZodType, source: YamlSource, faults: FaultList): void {
  const { path } = issue;
  const owner = label(path.slice(0, -1));
  const name = quoted(String(path.at(-1)));
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path);
    for (const key of issue.keys) {
      const place = source.placeOf([...path, key], 'key');
      faults.add(place, `${label(path)}unknown key ${quoted(key)}`, () => suggestion(nearest(key, known), known));
    }
  } else if (issue.code === 'invalid_key') {
    faults.add(source.placeOf(path, 'key'), `${owner}${name}: ${issue.issues[0]?.message}`);
  } else if (source.at(path) === undefined) {
    faults.add(source.placeOf(path), `${owner}${name} is missing: expected ${expectedTypes(issue).join(' or ')}`);
  } else {
    const value = source.at(path);
    const subject = path.length === 0 ? 'the file: ' : label(path);
    faults.add(source.placeOf(path), `${subject}${expectation(issue, value)}`, () => hintOf(issue, value));
  }
}

/** `jobs.orders.cron: `; nothing for the file itself. */
export function label(path: Path): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  return text === '' ? '' : `${quoted(text.slice(1)).slice(1, -1)}: `;
}

/** Values are never repeated: somebody may have pasted a secret. */
function expectation(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
    case 'invalid_union':
      return `expected ${expectedTypes(issue).join(' or ')}, got ${nameOf(value)}`;
    case 'invalid_value':
      return `expected one of ${issue.values.join(', ')}`;
    case 'too_small':
      return `expected ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${unitOf(issue.origin, issue.minimum)}`;
    case 'too_big':
      return `expected ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}${unitOf(issue.origin, issue.maximum)}`;
    default:
      return issue.message;
  }
}

function hintOf(issue: Issue, value: unknown): string | undefined {
  switch (issue.code) {
    case 'invalid_value':
      return typeof value === 'string' ? suggestion(nearest(value, issue.values.map(String)), []) : undefined;
    case 'custom':
      return issue.params?.['hint'];
    case 'invalid_type':
      if (issue.expected === 'string' && value !== null && !isObject(value)) return 'Put it in quotes.';
      return undefined;
    default:
      return undefined;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

function expectedTypes(issue: Issue): string[] {
  if (issue.code === 'invalid_union') return [...new Set(issue.errors.flat().flatMap(expectedTypes))];
  if (issue.code === 'invalid_value') return [`one of ${issue.values.join(', ')}`];
  return issue.code === 'invalid_type' ? [TYPES[issue.expected] ?? issue.expected] : [];
}

function unitOf(origin: string, count: number | bigint): string {
  if (origin === 'array') return count === 1 ? ' entry' : ' entries';
  return origin === 'string' ? ' characters' : '';
}

function nameOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number' && !Number.isInteger(value)) return Number.isFinite(value) ? 'a fraction' : 'no number';
  return TYPES[typeof value] ?? typeof value;
}

/** The keys that the mapping at `path` may have. */
export function keysAt(schema: z.ZodType, path: Path): string[] {
  const [step, ...rest] = path;
  const wrappers = [z.ZodOptional, z.ZodNullable, z.ZodDefault, z.ZodPrefault];
  const wrapper = wrappers.find((one) => schema instanceof one);
  if (wrapper !== undefined) return keysAt((schema as z.ZodOptional).unwrap() as z.ZodType, path);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => keysAt(option as z.ZodType, path));
  if (schema instanceof z.ZodRecord) return step === undefined ? [] : keysAt(schema.valueType as z.ZodType, rest);
  if (schema instanceof z.ZodArray) return typeof step === 'number' ? keysAt(schema.element as z.ZodType, rest) : [];
  if (!(schema instanceof z.ZodObject)) return [];
  if (step === undefined) return Object.keys(schema.shape);
  const field = (schema.shape as Record<PropertyKey, z.ZodType | undefined>)[step];
  return field === undefined ? [] : keysAt(field, rest);
}
