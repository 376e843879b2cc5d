/** The steps of a leg that install what the commands of its services need: nothing where no service has a setup. */
import { relative, sep } from 'node:path';
import type { Config, Service } from '../config/job.ts';
import { hasJobsOf } from './gate.ts';
import { isSingle, legServicesIn } from './legs.ts';
import { withRegions } from './region.ts';

/** At the commit that its version's tag names. */
const SETUP_PYTHON = 'actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0';

type Configured = Pick<Config, 'file' | 'services' | 'python_version'>;

/** The text of the workflow with the setups of a project whose folder is `root`. Throws when it has lost their place. */
export function withSetups(text: string, config: Configured, root: string): string {
  const services = [...config.services.values()].filter(({ setup }) => setup !== undefined);
  const list = legServicesIn(text);
  const python = pythonStep(services, config, root, list);
  // pip keeps what it has downloaded. The only machine of a run may do so anyway.
  const modal = isSingle(text)
    ? text
    : withRegions(text, 'cache-mode', () => (python.length > 0 ? ['cache-mode: write'] : []));
  return withRegions(modal, 'setup', () => [...python, ...setupStep(services, list)]);
}

function pythonStep(
  services: readonly Service[],
  { file, python_version: version }: Configured,
  root: string,
  list: string,
): string[] {
  const needing = services.flatMap(({ name, setup }) =>
    setup?.python === undefined ? [] : [{ name, requirements: inRepository(root, fileOf(setup.python, file)) }],
  );
  if (needing.length === 0) return [];
  return [
    '- name: Set up Python',
    `  if: ${hasJobsOf(needing.map(nameOf), list)}`,
    `  uses: ${SETUP_PYTHON}`,
    '  with:',
    `    python-version: '${version}'`,
    '    cache: pip',
    // Of this leg alone: a cache is saved once for the files it was made for, by whichever leg ends first.
    '    cache-dependency-path: |',
    ...needing.map(({ name, requirements }) => {
      return `      \${{ ${hasJobsOf([name], list)} && '${requirements.replaceAll("'", "''")}' || '' }}`;
    }),
  ];
}

function setupStep(services: readonly Service[], list: string): string[] {
  if (services.length === 0) return [];
  return [
    '- name: Install what the commands need',
    `  if: ${hasJobsOf(services.map(nameOf), list)}`,
    '  env:',
    '    # Checked names, which the shell is to split at the blanks. Those without a setup are left alone.',
    `    SERVICES: \${{ join(${list}, ' ') }}`,
    '  run: node orchestrator/bin/tidemill.mjs setup $SERVICES',
  ];
}

/** Where requirements stand: a list of them in the configuration itself. */
const fileOf = (python: string | readonly string[], file: string): string =>
  typeof python === 'string' ? python : file;

const nameOf = ({ name }: { readonly name: string }): string => name;

const inRepository = (root: string, file: string): string => relative(root, file).split(sep).join('/');
