/**
 * The steps by which a job of a workflow comes to the bundle: out of GitHub's cache, where the plan puts it once a commit. Without it a job
 * installs what it needs and runs from the sources, so nothing of a cache makes a run red.
 */
import { withRegions } from './region.ts';

/** At the commit that its version's tag names. */
export const RESTORE = 'actions/cache/restore@55cc8345863c7cc4c66a329aec7e433d2d1c52a9 # v6.1.0';
export const SAVE = 'actions/cache/save@55cc8345863c7cc4c66a329aec7e433d2d1c52a9 # v6.1.0';

const ENTRY = ['  with:', '    path: .tidemill/bundle', '    key: tidemill-bundle-${{ github.sha }}'];

/** Whether the machine has a bundle that was made of its commit; what a step that installs asks. */
export const FITS = "steps.bundle.outputs.fits == 'yes'";
export const FITS_NOT = "steps.bundle.outputs.fits != 'yes'";

/** By the word behind `# generated:bundle`. */
const STEPS = {
  /** Before Node is set up, which is told whether packages will be installed. */
  fetch: ['- name: Fetch the bundle', '  id: kept', `  uses: ${RESTORE}`, '  continue-on-error: true', ...ENTRY],
  /** Only of the job that may write caches. */
  make: [
    '- name: Make the bundle',
    '  id: making',
    "  if: steps.kept.outputs.cache-hit != 'true'",
    '  # Without it everything runs from the sources.',
    '  continue-on-error: true',
    '  run: |',
    '    npm ci --omit=dev --ignore-scripts --workspaces',
    '    node scripts/bundle.ts',
    '- name: Keep the bundle',
    "  if: steps.making.outcome == 'success'",
    `  uses: ${SAVE}`,
    '  continue-on-error: true',
    ...ENTRY,
  ],
  look: [
    '- name: Look whether the bundle fits',
    '  id: bundle',
    '  run: node scripts/bundle/fits.mjs >> "$GITHUB_OUTPUT"',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** The text of a workflow with these steps. Throws for a word that is none of theirs. */
export const withBundle = (text: string): string =>
  withRegions(text, 'bundle', (told) => {
    const steps = (STEPS as Readonly<Record<string, readonly string[]>>)[told.trim()];
    if (steps === undefined) throw new Error(`A workflow asks for "# generated:bundle${told}", which is nothing`);
    return steps;
  });
