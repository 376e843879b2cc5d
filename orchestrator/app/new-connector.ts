/** Makes a connector that works, of one of several kinds, under a name: in a repository of one's own, and in the sources. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { withWorkspaces } from '../init/package-text.ts';
import { hasSources } from './generate.ts';
import type { Host } from './host.ts';
import { type Checked, checklistOf, type Step } from './new-connector-checklist.ts';
import { beginningOf, isPackage, kindNamed } from './new-connector-kinds.ts';
import { checkConfigured, checkFree, checkName, checkUnknown } from './new-connector-name.ts';
import { configFile, openConfig } from './session.ts';
import { version } from './version.ts';
import { type PlannedFile, writeAll } from './write-all.ts';

export { kinds } from './new-connector-kinds.ts';

export interface NewConnector extends Checked {
  /** Of its package, relative to the working directory; none where the kind has no package. */
  readonly folder?: string;
  /** What was written, likewise. */
  readonly files: readonly string[];
  /** `services` and `jobs`, as YAML: what a person puts into the configuration. */
  readonly config: string;
  readonly checklist: readonly Step[];
}

/** Writes files that must not be there yet. Throws kind `config` when that cannot be; then nothing was written. */
export function newConnector(host: Host, name: string, { kind: named }: { readonly kind: string }): NewConnector {
  const kind = kindNamed(named);
  checkName(name);
  const file = configFile(host, {});
  if (!host.isFile(file)) {
    throw new TidemillError('config', 'new-connector-nowhere', `There is no repository of Tidemill at ${host.cwd}`, {
      hint: 'Go to the folder with ingestion-config.yaml; `npx tidemill init` begins one.',
    });
  }
  const root = dirname(file);
  const { config, reader, files: ownFiles, models } = beginningOf(kind, name);
  const repository = hasSources(root) ? 'sources' : 'own';
  // In the sources `npm run generate` writes them.
  const isModelled = repository === 'own' && host.isFile(join(root, 'dbt/dbt_project.yml'));
  const files = isModelled ? [...ownFiles, ...models] : ownFiles;
  checkFree(
    root,
    name,
    files.map(({ path }) => path),
  );
  if (repository === 'own') checkUnknown(name);
  const made = { kind, service: name, job: `${name}_contacts`, reader, repository, is_modelled: isModelled } as const;
  checkConfigured(openConfig(host, {}), kind, name, made.job);
  const all = repository === 'own' && isPackage(kind) ? [...files.map(withRanges), ...packageOf(root)] : files;
  writeAll(host, root, all);
  const shown = (path: string): string => relative(host.cwd, join(root, path));
  return {
    ...made,
    ...(isPackage(kind) ? { folder: shown(`connectors/${name}`) } : {}),
    files: all.map(({ path }) => shown(path)),
    config,
    checklist: checklistOf(made),
  };
}

/** The sources want their workspaces in one version; a repository of one's own, which is upgraded, wants what fits it. */
const withRanges = ({ path, text }: PlannedFile): PlannedFile => ({
  path,
  text: path.endsWith('/package.json')
    ? text.replaceAll(/("@tidemill\/(?:kit|kit-browser|testing)": ")[^"]*/g, `$1^${version}`)
    : text,
});

/** That npm links the connectors of the repository, and tests them. */
function packageOf(root: string): PlannedFile[] {
  const path = 'package.json';
  if (!existsSync(join(root, path))) {
    throw new TidemillError('config', 'new-connector-package', `There is no package.json in ${root}`, {
      hint: 'npx tidemill init adds it, and whatever else is missing.',
    });
  }
  const before = readFileSync(join(root, path), 'utf8');
  const text = withWorkspaces(before);
  return text === before ? [] : [{ path, text, mayChange: true }];
}
