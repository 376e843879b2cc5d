/** What became of loading where some warehouses failed: one error, and whether the job's data arrived anywhere. Pure. */
import { TidemillError } from '@tidemill/kit';

export interface Unloaded {
  readonly error: TidemillError;
  /** `elsewhere`: the other warehouses have everything. */
  readonly loaded: 'nowhere' | 'elsewhere';
}

/**
 * The failures by warehouse as one, out of so many warehouses; undefined when there is none. The first one says who must
 * act; where there are several warehouses, the message names each that failed.
 */
export function unloadedOf(failures: ReadonlyMap<string, TidemillError>, warehouses: number): Unloaded | undefined {
  const [first] = failures.values();
  if (first === undefined) return undefined;
  const loaded = failures.size < warehouses ? 'elsewhere' : 'nowhere';
  if (warehouses === 1) return { error: first, loaded };
  const byMessage = Map.groupBy(failures, ([, { message }]) => message);
  const message = [...byMessage]
    .map(([why, all]) => `into ${all.map(([name]) => name).join(' and ')}: ${why}`)
    .join('; ');
  const { kind, code, hint, cause } = first;
  const error = new TidemillError(kind, code, message, { ...(hint === undefined ? {} : { hint }), cause });
  error.request = first.request;
  return { error, loaded };
}
