/** A listing of everything that goes on where one was broken off. */
import type { Everything } from './emission.ts';
import { type ErrorKind, TidemillError } from './errors.ts';

/** Of these somebody else knows more than that the place is gone: they pass, or they are somebody's to mend. */
const NOT_OF_THE_PLACE: ReadonlySet<ErrorKind> = new Set(['transient', 'quota', 'auth']);

/**
 * Walks on from the place that `resume` names, and from the beginning where there is none. A place that the source refuses, as
 * its page tokens have grown too old, begins everything anew, once. Returns what the walk returns.
 */
export async function* goOn<Step, End>(
  resume: string | undefined,
  walk: (from: string | undefined) => AsyncGenerator<Step, End>,
): AsyncGenerator<Step | Everything, End> {
  if (resume === undefined) return yield* walk(undefined);
  const rest = walk(resume);
  let step: IteratorResult<Step, End>;
  try {
    step = await rest.next();
  } catch (error) {
    if (error instanceof TidemillError && NOT_OF_THE_PLACE.has(error.kind)) throw error;
    yield { everything: true };
    return yield* walk(undefined);
  }
  for (; step.done !== true; step = await rest.next()) yield step.value;
  return step.value;
}
