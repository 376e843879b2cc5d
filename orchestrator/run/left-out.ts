/** Packages that bronze could not give: passed over so that what came later is loaded, and named until somebody has them back. */
import type { JobState, LeftOut } from '../state/job-state.ts';
import { targetIn } from '../state/targets.ts';
import type { Source } from './extract/source.ts';
import { loadsInto, type Work } from './work.ts';

/** Manifests of what each warehouse lacked before the source was read, by name. */
export type LackingBefore = ReadonlyMap<string, ReadonlySet<string>>;

export const lackingNow = (work: Work): LackingBefore =>
  new Map(
    loadsInto(work).map((name) => {
      const { pending, left_out: left = [] } = targetIn(work.ledger.state, name);
      return [name, new Set([...left, ...pending].map(({ manifest }) => manifest))];
    }),
  );

export const leftOutIn = ({ ledger }: Pick<Work, 'ledger'>, target: string): readonly LeftOut[] =>
  targetIn(ledger.state, target).left_out ?? [];

/** Why packages are not in each warehouse of the run, though the run went on without them. */
export const leftOutOf = (work: Work): ReadonlyMap<string, readonly string[]> =>
  new Map(loadsInto(work).map((name) => [name, leftOutIn(work, name).map(({ reason }) => reason)]));

/**
 * What was left out is missed no more once everything was read anew and loaded: by a full refresh, or by a connector's stream
 * without a cursor. (A command may have read its interval only.)
 */
export async function settleLeftOut(work: Work, { stream, connector }: Source, before: LackingBefore): Promise<void> {
  const readsAll = stream.cursor === undefined && connector.package !== 'command' && stream.key.length > 0;
  if (work.order.mode !== 'full' && !readsAll) return;
  for (const [name, lacking] of before) {
    if (targetIn(work.ledger.state, name).pending.length > 0) continue;
    const left = leftOutIn(work, name).filter(({ manifest }) => lacking.has(manifest));
    await forgetLeftOut(work, name, left);
  }
}

export async function forgetLeftOut(
  { ledger, telling }: Work,
  target: string,
  left: readonly LeftOut[],
): Promise<void> {
  if (left.length === 0) return;
  await ledger.forgetLeftOut(
    target,
    left.map(({ manifest }) => manifest),
  );
  const into = isOneOfSeveral(ledger.state) ? ` in ${target}` : '';
  for (const { manifest } of left) telling.notice(`missed no more${into}, for everything was read anew: ${manifest}`);
}

const isOneOfSeveral = ({ targets }: JobState): boolean => Object.keys(targets).length > 1;
