/** Who may use whose packages. */
import { importsOf, isProduct, type Manifest, manifestOf, type Rule, type Tree } from './tree.ts';

/** Signing in with a library, and what speaks to GitHub, serves or draws: only installed by those who use them. */
const OPTIONAL = /^@tidemill\/((github|server|site)$|\w+-sign-in$)/;

/** Code without a package of its own: whoever imports it brings what it needs. */
const SHARED = 'orchestrator/warehouse/engine/';

/** The workspaces that a file is installed with. */
function installedWith(tree: Tree, path: string): Manifest[] {
  if (!path.startsWith(SHARED)) return [manifestOf(tree, path)];
  const users = [...tree].filter(
    ([user, text]) =>
      isProduct(user) &&
      !user.startsWith(SHARED) &&
      importsOf(user, text).some(({ target }) => target.startsWith(SHARED)),
  );
  return [
    ...new Map(users.map(([user]) => manifestOf(tree, user)).map((manifest) => [manifest.name, manifest])).values(),
  ];
}

function packageViolations(tree: Tree): string[] {
  return [...tree]
    .filter(([path]) => isProduct(path))
    .flatMap(([path, text]) => installedWith(tree, path).map((manifest) => ({ path, text, manifest })))
    .flatMap(({ path, text, manifest: { name, dependencies, peerDependencies } }) => {
      const declared = { ...dependencies, ...peerDependencies, [name ?? '']: '' };
      return importsOf(path, text)
        .filter(({ specifier }) => specifier !== undefined && !/^(\.|node:)/.test(specifier))
        .filter(({ target }) => !Object.hasOwn(declared, target))
        .filter(({ target, kind }) => kind === 'value' || !OPTIONAL.test(target))
        .map(({ target }) => `${path}: imports ${target}, which ${name} does not depend on`);
    });
}

export const packageRules: readonly Rule[] = [
  {
    rule: 'a workspace imports no package that it does not depend on',
    because: 'a leg installs only what its workspaces name',
    violations: packageViolations,
    broken: [
      { 'orchestrator/plan/x.ts': "import { Cron } from 'croner';", 'orchestrator/package.json': '{ "name": "x" }' },
      { 'connectors/_kit/x.ts': "import type { x } from 'yaml';", 'connectors/_kit/package.json': '{ "name": "x" }' },
      {
        'orchestrator/cli/x.ts': "import { page } from '@tidemill/site';",
        'orchestrator/package.json': '{ "name": "x" }',
      },
      {
        'orchestrator/warehouse/engine/x.ts': "import { Instance } from 'engine';",
        'orchestrator/warehouse/one/x.ts': "import { x } from '../engine/x.ts';",
        'orchestrator/warehouse/one/package.json': '{ "name": "one", "dependencies": { "engine": "1" } }',
        'orchestrator/warehouse/two/x.ts': "import { x } from '../engine/x.ts';",
        'orchestrator/warehouse/two/package.json': '{ "name": "two" }',
      },
    ],
  },
];
