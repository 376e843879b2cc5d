/** Options of a job or a service, checked against what its connector takes: each fault at the word that is wrong. */
import type { z } from 'zod';
import { flatten } from '../config/check.ts';
import { complain, keysAt, label } from '../config/complaints.ts';
import { type FaultList, suggestion } from '../config/faults.ts';
import { nearest } from '../config/nearest.ts';
import type { Path, YamlSource } from '../config/yaml-source.ts';

interface Written {
  readonly schema: z.ZodObject;
  readonly options: unknown;
  /** Of what has the options. */
  readonly path: Path;
  /** The same as a person calls it: a job of a list by its id. */
  readonly called: Path;
  /** Whom a person would look up, to know which there are. */
  readonly of: string;
}

/** Answers whether they are sound. */
export function optionsFit(
  { schema, options, path, called, of }: Written,
  source: YamlSource,
  faults: FaultList,
): boolean {
  const { error } = schema.safeParse(options);
  for (const issue of flatten(error?.issues ?? [])) {
    const whole = [...path, 'options', ...issue.path];
    if (issue.code !== 'unrecognized_keys') {
      complain({ ...issue, path: whole }, schema, source, faults);
      continue;
    }
    const known = keysAt(schema, issue.path);
    for (const key of issue.keys) {
      const choice = () => suggestion(nearest(key, known), known) ?? `${of} takes no options.`;
      const name = label([...called, 'options', ...issue.path, key]);
      faults.add(source.placeOf([...whole, key], 'key'), `${name}unknown option`, choice);
    }
  }
  return error === undefined;
}
