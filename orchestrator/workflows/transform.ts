/** What of the ingestion workflow runs dbt: a job, or steps of the only one; nothing where the configuration does not switch it on. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/job.ts';
import { FITS_NOT, RESTORE, SAVE } from './bundle.ts';
import { isSingle } from './legs.ts';

type Configured = Pick<Config, 'transform' | 'python_version'>;

/** At the commit that its version's tag names. */
const [CHECKOUT, SETUP_NODE, SETUP_PYTHON] = [
  'actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1',
  'actions/setup-node@820762786026740c76f36085b0efc47a31fe5020 # v7.0.0',
  'actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0',
];

const UV = 'uv==0.13.9';
const CONSTRAINTS = join(import.meta.dirname, '../transform/constraints.txt');

/** With an end of its own, because the regions of every other job lie in it. */
const regionOf = (name: string): RegExp =>
  new RegExp(`^( *# generated:${name}\\b.*\\n)(?:.*\\n)*?( *# \\/generated:${name}\\n)`, 'm');
/** Which jobs the report waits for. */
const WAITS = /(?<=^ {2}report:\n {4}name: Report\n {4}needs: ).*/m;

/**
 * The text of the workflow with or without the job, or its steps on the one machine, whose own regions are still to be filled. Throws
 * when it has lost a place.
 */
export function withTransform(text: string, { transform, python_version: version }: Configured): string {
  const fill = (place: string, name: string, content: string): string => {
    const region = regionOf(name);
    if (!region.test(place)) throw new Error(`The workflow has lost its place for ${name}`);
    return place.replace(
      region,
      (_, start: string, end: string) => `${start}${transform.enabled ? content : ''}${end}`,
    );
  };
  if (isSingle(text)) {
    const installed = fill(
      text,
      'transform-install',
      installSteps(version, "steps.plan.outputs.work != '' && !cancelled()"),
    );
    return fill(installed, 'transform-step', SINGLE_STEP);
  }
  if (!WAITS.test(text)) throw new Error('The workflow has lost its place for transform');
  const waits = transform.enabled ? '[plan, ingest, transform]' : '[plan, ingest]';
  return fill(text, 'transform', jobText(version)).replace(WAITS, waits);
}

/** Another version of a package makes another cache; in each, the adapters of one environment. */
const cacheKey = (): string => {
  const digest = createHash('sha256').update(readFileSync(CONSTRAINTS)).digest('hex');
  return `tidemill-dbt-\${{ env.TIDEMILL_ENVIRONMENT }}-${digest.slice(0, 12)}`;
};

/** Before anybody is logged in and before the first secret; with a condition, where others follow that do without. */
function installSteps(python: string, condition?: string): string {
  const only = condition === undefined ? '' : `        if: ${condition}\n`;
  return `      - name: Set up Python
${only}        uses: ${SETUP_PYTHON}
        with:
          python-version: '${python}'
      - name: Install uv
${only}        run: 'python3 -m pip install --quiet --disable-pip-version-check --only-binary :all: ${UV}'
      - name: Fetch what dbt comes with
        id: dbt
${only}        uses: ${RESTORE}
        continue-on-error: true
        with:
          path: .tidemill/dbt/installed
          key: ${cacheKey()}
      # Before anybody is logged in and before the first secret.
      - name: Install dbt
        id: dbt_install
${only}        run: node orchestrator/bin/tidemill.mjs transform --install
      - name: Keep what dbt comes with
        if: steps.dbt_install.outcome == 'success' && steps.dbt.outputs.cache-hit != 'true'
        uses: ${SAVE}
        continue-on-error: true
        with:
          path: .tidemill/dbt/installed
          key: ${cacheKey()}
`;
}

const SINGLE_STEP = `      # Whatever became of the legs: what the others have loaded is news. Where nothing is, dbt is not run.
      - name: Transform
        if: steps.dbt_install.outcome == 'success' && steps.ingest.outcome != 'skipped' && !cancelled()
        timeout-minutes: 50
        env:
          RUN_ID: \${{ fromJSON(steps.plan.outputs.machine || '{}').run_id }}
          # generated:variables again bucket warehouse
          # /generated
        run: node orchestrator/bin/tidemill.mjs transform --run-id "$RUN_ID"
`;

const jobText = (python: string): string => `  transform:
    name: Transform
    needs: [plan, ingest]
    # Whatever became of the legs: what the others have loaded is news. Where nothing is, dbt is not run.
    if: always() && needs.ingest.result != 'skipped' && needs.ingest.result != 'cancelled'
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions:
      contents: read
      # generated:permissions bucket warehouse
      # /generated
    environment:
      name: \${{ inputs.environment || vars.TIDEMILL_ENVIRONMENT || 'dev' }}
      deployment: false
    # One at a time in an environment: two would make the same tables.
    concurrency:
      group: tidemill-transform-\${{ inputs.environment || vars.TIDEMILL_ENVIRONMENT || 'dev' }}
      queue: max
    # What dbt comes with is kept from one run to the next.
    cache-mode: write
    steps:
      - uses: ${CHECKOUT}
        with:
          persist-credentials: false
      # generated:bundle fetch
      # /generated
      - uses: ${SETUP_NODE}
        with:
          node-version: 24
      # generated:bundle look
      # /generated
      - name: Install what opens the warehouses
        if: ${FITS_NOT}
        # generated:install tidemill bucket warehouse
        # /generated
      # generated:outside tidemill bucket warehouse
      # /generated
${installSteps(python)}      # generated:login bucket warehouse
      # /generated
      - name: Transform
        env:
          RUN_ID: \${{ fromJSON(needs.plan.outputs.work || '{}').run_id }}
          # generated:variables bucket warehouse
          # /generated
        run: node orchestrator/bin/tidemill.mjs transform --run-id "$RUN_ID"

`;
