/** Warehouses that are files, which a machine that GitHub lends takes with it. */
import type { Config, Environment } from '../config/job.ts';
import { defaultLocation } from '../drivers/manifest.ts';
import { filesAmong } from '../drivers/use.ts';
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

/** Environments for machines other than the one that somebody sits at. */
export const environmentsAway = ({ environments }: Pick<Config, 'environments'>): Environment[] =>
  [...environments.values()].filter(({ name }) => name !== 'local');

/** Whether this machine is one of GitHub's, and no runner of somebody's own: https://docs.github.com/en/actions/reference/workflows-and-actions/variables */
export const isLent = (host: Pick<Host, 'env'>): boolean => setting(host, 'RUNNER_ENVIRONMENT') === 'github-hosted';
