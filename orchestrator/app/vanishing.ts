/** Warehouses that are files, which a machine that GitHub lends takes with it. */
import type { Config, Environment } from '../config/job.ts';
import { defaultLocation, driverOf, locationText } from '../drivers/manifest.ts';
import { filesAmong, isOfTheMachine } from '../drivers/use.ts';
import { type Host, setting } from './host.ts';

/** What somebody should know who lets one of these environments run on GitHub; undefined where nothing would be lost. */
export function vanishing(
  { drivers }: Pick<Config, 'drivers'>,
  environments: Iterable<Environment>,
): string | undefined {
  const kept = Array.from(environments, ({ name, warehouses }) => ({ name, files: filesAmong(drivers, warehouses) }));
  const lost = kept.filter(({ files }) => files.length > 0).map(({ name }) => name);
  const [first] = lost;
  if (first === undefined) return undefined;
  const verb = lost.length === 1 ? 'keeps' : 'keep';
  const stays = defaultLocation(drivers, 'warehouse', first);
  return `${lost.join(', ')} ${verb} tables in a file of the machine that runs. One of GitHub's is gone after each run, and the file with it: \`warehouse: ${stays}\` keeps the tables in the bucket. On a machine of your own it stays`;
}

/**
 * What somebody should know whose bucket is a folder, on machines that each have one of their own; undefined for any other bucket.
 */
export function folderOfEach({ drivers }: Pick<Config, 'drivers'>, { name, bucket }: Environment): string | undefined {
  const driver = driverOf(drivers, 'bucket', bucket);
  if (driver === undefined || !isOfTheMachine(driver)) return undefined;
  const urls = drivers.filter(({ schemes }) => schemes.length > 0);
  return `The bucket of ${name} is a folder, and each machine of GitHub has one of its own, which is gone after the run: what a job did stands in the summary of its machine alone, and the next run begins anew. An environment with a bucket elsewhere keeps it: ${locationText(urls, 'bucket')}`;
}

/** Environments for machines other than the one that somebody sits at. */
export const environmentsAway = ({ environments }: Pick<Config, 'environments'>): Environment[] =>
  [...environments.values()].filter(({ name }) => name !== 'local');

/** Whether this machine is one of GitHub's, and no runner of somebody's own: https://docs.github.com/en/actions/reference/workflows-and-actions/variables */
export const isLent = (host: Pick<Host, 'env'>): boolean => setting(host, 'RUNNER_ENVIRONMENT') === 'github-hosted';
