/** The package.json of a workspace as it is published. Pure. */
import { asPublished } from './code.ts';

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly private?: boolean;
  readonly exports?: string | Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  /** What only the published one says: here, npm would take each for something that machines need. */
  readonly publishConfig?: {
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly peerDependencies?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** What is known of a package beyond its own manifest. */
export interface Facts {
  readonly engines: Readonly<Record<string, string>>;
  /** Paths in it that other packages import. */
  readonly reached: ReadonlySet<string>;
  /** Packages that it imports by a path: those it does not depend on come with whoever installs it. */
  readonly imports: ReadonlySet<string>;
  /** `OWNER/NAME` at GitHub; provenance is only given for where the code lies. */
  readonly repository: string | undefined;
}

/** As text. Packages of ours are published together and import each other by paths: they want each other in one version. */
export function publishedManifest(manifest: Manifest, facts: Facts): string {
  const { private: _, files: __, devDependencies: ___, exports, version, publishConfig, ...rest } = manifest;
  const { engines, reached, imports, repository } = facts;
  const imported = [...imports].filter((name) => manifest.dependencies?.[name] === undefined).sort();
  const peers = { ...publishConfig?.peerDependencies, ...Object.fromEntries(imported.map((name) => [name, version])) };
  const published = {
    ...rest,
    version,
    ...(repository === undefined
      ? {}
      : { repository: { type: 'git', url: `git+https://github.com/${repository}.git` } }),
    ...(publishConfig?.dependencies === undefined
      ? {}
      : { dependencies: { ...manifest.dependencies, ...publishConfig.dependencies } }),
    exports: { ...publishedExports(exports), ...exportsOf(reached), './package.json': './package.json' },
    engines: { node: engines['node'] },
    publishConfig: { access: 'public' },
    ...(Object.keys(peers).length === 0 ? {} : { peerDependencies: peers }),
  };
  return `${JSON.stringify(published, undefined, 2)}\n`;
}

function publishedExports(exports: Manifest['exports'] = {}): Record<string, unknown> {
  const all = typeof exports === 'string' ? { '.': exports } : exports;
  return Object.fromEntries(Object.entries(all).map(([key, file]) => [key, typed(file)]));
}

const exportsOf = (reached: ReadonlySet<string>): Record<string, unknown> =>
  Object.fromEntries([...reached].sort().map((path) => [`./${path}`, typed(`./${path}`)]));

/** Code with its declarations beside it. */
const typed = (file: string) => {
  const code = asPublished(file);
  return code.endsWith('.js') ? { types: code.replace(/\.js$/, '.d.ts'), default: code } : code;
};
