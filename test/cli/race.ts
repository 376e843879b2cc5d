/** Legs that start at once for one slot, and what there must be when they are done. */
import { expect } from 'vitest';
import { LEG, manifestsIn, runsOf, SLOT, silverOf, stateOf } from './legs.ts';
import type { Outcome, Project } from './project.ts';
import { contentsOf, openPlace, type Place } from './stores.ts';

/** What became of each leg, in the order of the alphabet. */
export const wordsOf = (outcomes: readonly Pick<Outcome, 'json'>[]): string[] =>
  outcomes.map(({ json }) => json().results[0].result as string).sort();

/** What there must be after the slot, however often it was tried: one reading, one package, two rows, one word. */
export async function expectOneRun(here: Project, place: Place): Promise<void> {
  const bucket = await openPlace(place);
  expect(runsOf(here)).toBe(1);
  expect(manifestsIn(await contentsOf(bucket))).toHaveLength(1);
  expect((await silverOf(here)).map(([id, name]) => [id, name])).toEqual([
    ['1', 'a'],
    ['2', 'b'],
  ]);
  const state = await stateOf(bucket);
  expect(state).toMatchObject({
    settled_through: SLOT,
    recent: [{ slot: SLOT, outcome: 'done' }],
    targets: { main: { pending: [] } },
  });
  expect(state.claim).toBeUndefined();
}

/** Starts so many legs at once, of which none may end red; answers what became of them. */
export async function race(here: Project, place: Place, legs: number): Promise<string[]> {
  const outcomes = await Promise.all(Array.from({ length: legs }, () => here.run(LEG, { env: place.env })));
  expect(outcomes.map(({ exit }) => exit)).toEqual(Array(legs).fill(0));
  return wordsOf(outcomes);
}

/** What must have become of so many legs. */
export const oneOf = (legs: number): string[] => [...Array(legs - 1).fill('covered'), 'done'];
