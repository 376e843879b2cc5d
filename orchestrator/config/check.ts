/** A file against its schema: every complaint at its place, and what is sound of the rest for further checks. */
import type { z } from 'zod';
import { complain, type Issue } from './complaints.ts';
import type { FaultList } from './faults.ts';
import type { Path, YamlSource } from './yaml-source.ts';
import { isMapping, isObject } from './yaml-source.ts';

/**
 * Returns the file as the schema reads it, with what is faulty left out: references to the rest can be checked in the
 * same run. Undefined when nothing is left.
 */
export function checkShape<T>(schema: z.ZodType<T>, source: YamlSource, faults: FaultList): T | undefined {
  let rest = withoutExtensions(source.value);
  let parsed = schema.safeParse(rest);
  if (!parsed.success) for (const issue of flatten(parsed.error.issues)) complain(issue, schema, source, faults);
  // First only the faulty field goes; where the entry cannot do without it, the entry; at last the section.
  for (const depth of [3, 2, 1]) {
    if (parsed.success) return parsed.data;
    const faulty = flatten(parsed.error.issues).flatMap(pathsOf);
    rest = without(
      rest,
      faulty.map((path) => cut(path, depth)),
    );
    parsed = schema.safeParse(rest);
  }
  return parsed.data;
}

/** Top-level keys that begin with `x-` are a place for anchors, as in Compose files. */
function withoutExtensions(value: unknown): unknown {
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith('x-')));
}

/** Issues with their whole paths; of a union, those of the form that was meant. */
export function flatten(issues: readonly Issue[], base: Path = []): Issue[] {
  return issues.filter(isOfItsType(issues)).flatMap((issue) => {
    const path = [...base, ...issue.path];
    if (issue.code !== 'invalid_union') return [{ ...issue, path }];
    const likely = issue.errors.filter((errors) => !errors.some(isOfWrongType));
    const meant = likely.find((errors) => !errors.some(isOtherWord)) ?? likely[0];
    return meant === undefined ? [{ ...issue, path }] : flatten(meant, path);
  });
}

/** A text has a length, too, so zod holds it against the most entries of the list that was expected. */
function isOfItsType(issues: readonly Issue[]): (issue: Issue) => boolean {
  const wrong = new Set(issues.filter(({ code }) => code === 'invalid_type').map(({ path }) => JSON.stringify(path)));
  return ({ code, path }) => (code !== 'too_big' && code !== 'too_small') || !wrong.has(JSON.stringify(path));
}

const isOfWrongType = (issue: Issue): boolean => issue.code === 'invalid_type' && issue.path.length === 0;

const isOtherWord = (issue: Issue): boolean => issue.code === 'invalid_value' && issue.path.length === 0;

const pathsOf = (issue: Issue): Path[] =>
  issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];

/** An item goes with its list: the places of those behind it would no longer be right. */
function cut(path: Path, depth: number): Path {
  const isItem = depth === 3 && typeof path[2] === 'number';
  return path.slice(0, isItem ? 2 : depth);
}

/** A copy without the parts at `paths`; aliases share values, so nothing is changed in place. */
function without(value: unknown, paths: readonly Path[]): unknown {
  if (!isObject(value) || paths.length === 0) return value;
  const byStep = Map.groupBy(paths, ([step]) => String(step));
  const kept = Object.entries(value).flatMap(([key, child]) => {
    const tails = (byStep.get(key) ?? []).map((path) => path.slice(1));
    return tails.some((tail) => tail.length === 0) ? [] : [[key, without(child, tails)] as const];
  });
  return Array.isArray(value) ? kept.map(([, child]) => child) : Object.fromEntries(kept);
}
