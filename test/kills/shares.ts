/**
 * Who kills at what: an operation that does the same in several scenarios of a driver is killed in the first of them alone.
 * Pure.
 */

import { type DataType, shapes } from './dataset.ts';
import { type DriverName, LAKE } from './places.ts';
import { kindOf, type Stage, stageOf } from './points.ts';
import type { Scenario } from './scenarios.ts';

/** A scenario on a driver, and what a run of it meets that nobody disturbs. */
export interface Met {
  readonly driver: { readonly name: DriverName };
  readonly scenario: Scenario;
  readonly labels: readonly string[];
}

/** The kinds of operation that each of them leaves to one before it, in their order. */
export function sparedBy(all: readonly Met[]): string[][] {
  const taken = new Set<string>();
  return all.map(({ driver, scenario, labels }) => {
    const kinds = [...new Set(labels.map(kindOf))];
    const keys = new Map(kinds.map((kind) => [kind, `${driver.name} ${kind} ${mechanismOf(stageOf(kind), scenario)}`]));
    const spared = kinds.filter((kind) => taken.has(`${keys.get(kind)}`));
    for (const key of keys.values()) taken.add(key);
    return spared;
  });
}

/** How rows are written matters to a table that has some; a lake makes a table as it changes one, by a new version of it. */
function mergeOf(type: DataType, before: Scenario['before'], isLake: boolean): string {
  const way = `${shapes[type].write} ${shapes[type].scope}`;
  if (isLake) return way;
  return before === 'loaded' ? `${before} ${way}` : before;
}

/** What decides what a death in this stage leaves, and what the next run makes of it. What is rejected has operations of its own. */
function mechanismOf(stage: Stage, { type, before, warehouses }: Scenario): string {
  switch (stage) {
    // How far a job is, it says in its own way; nothing is loaded yet.
    case 'ask':
    case 'keep':
    case 'manifest':
      return type;
    case 'commit':
    case 'settle':
      return `${type} ${before} ${warehouses}`;
    case 'merge':
    case 'drop':
    case 'other':
      return `${mergeOf(type, before, `${warehouses}` === LAKE)} ${warehouses}`;
    case 'claim':
    case 'report':
      return `${before} ${warehouses}`;
  }
}
