/** Keeps what was found of a service in the place of what was collected of it before. */
import type { Dataset } from '@tidemill/kit';
import { merged } from '../catalog/merge.ts';
import { checkedDatasets } from '../catalog/said.ts';
import type { Differences, Snapshot } from '../catalog/snapshot.ts';
import { readSnapshot, type StoredSnapshot, swapSnapshot } from '../catalog/store.ts';
import { type Discovered, type KeepCatalog, MOST_DATASETS } from '../run/extract/datasets.ts';
import { inEnvironment } from '../text/format.ts';
import { runIdOf } from './run-id.ts';
import type { Session } from './session.ts';

/** As a connector or a program says it. */
export interface Found extends Omit<Discovered, 'datasets'> {
  readonly datasets: readonly unknown[];
}

export interface Kept {
  readonly snapshot: Snapshot;
  readonly differences: Differences;
  readonly datasets: readonly Dataset[];
}

/**
 * `stored` is what lay there before the service was asked. Throws `catalog-invalid`, `catalog-vanished`, `catalog-raced`; nothing is
 * changed then.
 */
export async function keepFound(
  { bucket, host, environment }: Session,
  service: string,
  stored: StoredSnapshot,
  found: Found & { readonly accepts: boolean },
): Promise<Kept> {
  const { account, accepts } = found;
  const datasets = checkedDatasets(service, found.datasets, MOST_DATASETS);
  const { snapshot, differences } = merged(stored.snapshot, {
    ...{ service, datasets, account, accepts },
    at: host.clock.now(),
    by: host.user,
    run: `${runIdOf(host, {})}.${host.nonce}`,
    accept: `npx tidemill catalog collect ${service} --accept${inEnvironment(environment.name)}`,
  });
  await swapSnapshot(bucket, stored, snapshot);
  return { snapshot, differences, datasets };
}

/** For a job that collects: nobody is there who could accept anything. */
export const catalogKeeper =
  (session: Session): KeepCatalog =>
  async (service) => {
    const stored = await readSnapshot(session.bucket, service);
    return async (found) => (await keepFound(session, service, stored, { ...found, accepts: false })).datasets;
  };
