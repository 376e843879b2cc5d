/** The jobs of the ingestion workflow, in one of two shapes: a machine for each leg, or one for everything. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/job.ts';

type Shape = 'matrix' | 'single';

/** A job that only the one shape has. */
const OF_SHAPE = { matrix: /^ {2}ingest:$/m, single: /^ {2}single:$/m } as const satisfies Readonly<
  Record<Shape, RegExp>
>;

export const isSingle = (text: string): boolean => OF_SHAPE.single.test(text);

/** The services of the legs that a step is for, in the words of an expression. */
export const legServicesIn = (text: string): string =>
  isSingle(text) ? "fromJSON(steps.plan.outputs.machine || '{}').services" : 'matrix.services';

/**
 * The text of the workflow with jobs of the shape that the configuration asks for, whose regions are still to be filled where it had
 * others. Where it has them they stay as they are, for somebody may have added steps of his own.
 */
export function withLegs(text: string, { legs }: Pick<Config, 'legs'>): string {
  const shape: Shape = legs === 'single' ? 'single' : 'matrix';
  if (OF_SHAPE[shape].test(text)) return text;
  const [head = ''] = text.split(/^jobs:$/m, 1);
  return `${head}${readFileSync(join(import.meta.dirname, 'jobs', `${shape}.yaml`), 'utf8')}`;
}
