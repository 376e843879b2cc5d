/** The workflows of `.github`, with what a configuration makes of their regions. */
import type { Config } from '../config/job.ts';
import { withBundle } from './bundle.ts';
import { withDrivers } from './drivers.ts';
import { isSingle, withLegs } from './legs.ts';
import { type Secret, withSecrets } from './secrets.ts';
import { withSetups } from './setup.ts';
import { withTransform } from './transform.ts';

const INGESTION = 'data-ingestion-orchestrator.yaml';

/** By file: the regions that come of the environments and their drivers. */
const WORKFLOWS = {
  [INGESTION]: ['environments', 'install', 'outside', 'permissions', 'login', 'variables'],
  'pages.yaml': ['install', 'outside', 'permissions', 'login', 'variables'],
  'watchdog.yaml': [],
} as const satisfies Readonly<Record<string, Parameters<typeof withDrivers>[2]>>;

export type WorkflowName = keyof typeof WORKFLOWS;
export const workflowNames = Object.keys(WORKFLOWS) as readonly WorkflowName[];

export interface Filling {
  readonly config: Config;
  readonly secrets: readonly Secret[];
  /** Our packages in the bundle that the machines start. */
  readonly bundled: readonly string[];
  /** Folder of the repository. */
  readonly root: string;
}

/** Throws when the text has lost a place. */
export function filled(name: WorkflowName, text: string, { config, secrets, bundled, root }: Filling): string {
  const regions = WORKFLOWS[name];
  if (name !== INGESTION) return withDrivers(withBundle(text), config, regions, bundled);
  const shaped = withBundle(withTransform(withLegs(text, config), config));
  const driven = withDrivers(shaped, config, isSingle(shaped) ? [...regions, 'logout'] : regions, bundled);
  return withSecrets(withSetups(driven, config, root), secrets);
}
