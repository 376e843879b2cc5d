/** The staging models of what new connectors begin with: into a repository of one's own `tidemill new-connector` writes them. */

import { kinds } from '../../orchestrator/app/new-connector-kinds.ts';
import { configIn } from './config.ts';
import { copiedConnectors } from './connectors.ts';
import { tablesOf } from './dbt.ts';
import { stagingDocuments } from './dbt-staging.ts';
import type { GeneratedDocument } from './document.ts';

export async function kindDbtDocuments(root: string): Promise<GeneratedDocument[]> {
  const copied = await copiedConnectors(root);
  return kinds.flatMap((kind) => {
    const home = `scripts/connector-kinds/${kind}/`;
    const own = copied.filter(({ folder }) => folder.startsWith(home)).map(({ connector }) => connector);
    const { jobs } = configIn(root, `${home}config.yaml`);
    return stagingDocuments(tablesOf(own, jobs)).map(({ path, text }) => ({ path: `${home}${path}`, text }));
  });
}
