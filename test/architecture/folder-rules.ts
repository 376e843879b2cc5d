/** What lies in the product's folders. */
import { posix } from 'node:path';
import { importsOf, isProduct, manifestAt, type Rule, type Tree } from './tree.ts';

/** Where a path inside a workspace leads, by the workspace's name. */
type Doors = ReadonlyMap<string, (subpath: string) => string>;

/** The files by which workspaces are entered from outside: what a `package.json` exports and runs. */
function doorsOf(tree: Tree): Doors {
  const manifests = [...tree.keys()].filter((path) => path.endsWith('package.json'));
  return new Map(
    manifests.map((path) => {
      const { name = path, exports = '' } = manifestAt(tree, path);
      const entry = (subpath: string): string => {
        if (typeof exports === 'string') return exports;
        return exports[subpath] ?? exports['./*']?.replace('*', subpath.slice(2)) ?? '';
      };
      return [name, (subpath: string) => posix.join(posix.dirname(path), entry(subpath))];
    }),
  );
}

/** Files that an import of a file leads to. */
function nextOf(tree: Tree, doors: Doors, path: string): string[] {
  return importsOf(path, tree.get(path) ?? '').map(({ specifier = '', target }) => {
    const subpath = `.${specifier.slice(target.length)}`;
    return doors.get(target)?.(subpath) ?? target;
  });
}

/** Connectors are loaded by their names, commands by theirs, and tools by their files. */
function entriesOf(tree: Tree, doors: Doors): string[] {
  const manifests = [...tree.keys()].filter((path) => path.endsWith('package.json'));
  const commands = manifests.flatMap((path) =>
    Object.values(manifestAt(tree, path).bin ?? {}).map((file) => posix.join(posix.dirname(path), file)),
  );
  const tools = [...tree.keys()].filter((path) => /^scripts\/.*(?<!\.test)\.ts$/.test(path));
  return [...commands, ...tools, ...[...doors.values()].map((door) => door('.'))];
}

function unreachedViolations(tree: Tree): string[] {
  const doors = doorsOf(tree);
  const reached = new Set<string>();
  const ahead = entriesOf(tree, doors);
  for (let path = ahead.pop(); path !== undefined; path = ahead.pop()) {
    if (reached.has(path) || !tree.has(path)) continue;
    reached.add(path);
    ahead.push(...nextOf(tree, doors, path));
  }
  return [...tree.keys()]
    .filter((path) => isProduct(path) && !reached.has(path))
    .map((path) => `${path}: is nothing that runs`);
}

const core = '{ "name": "tidemill", "bin": { "tidemill": "bin/tidemill.mjs" } }';
const command = {
  'orchestrator/package.json': core,
  'orchestrator/bin/tidemill.mjs': "await import('../cli/main.ts');",
};
const kit = '{ "name": "@tidemill/kit", "exports": { ".": "./index.ts", "./*": "./*.ts" } }';

export const folderRules: readonly Rule[] = [
  {
    rule: 'the folders of the product hold what it runs, and tests: what only tests need lies in test',
    because: 'whoever reads a stage finds nothing beside it that is no part of it',
    violations: unreachedViolations,
    broken: [
      { ...command, 'orchestrator/cli/main.ts': '', 'orchestrator/plan/x.ts': '' },
      { ...command, 'orchestrator/cli/main.ts': '', 'orchestrator/plan/slots.oracle.ts': '' },
      { 'orchestrator/site/example.ts': '', 'orchestrator/site/x.test.ts': "import { run } from './example.ts';" },
      { 'orchestrator/plan/a.ts': "import './b.ts';", 'orchestrator/plan/b.ts': "import './a.ts';" },
      { 'connectors/_kit/package.json': kit, 'connectors/_kit/index.ts': '', 'connectors/_kit/faults.ts': '' },
      {
        'connectors/acme/package.json': '{ "name": "@tidemill/acme", "exports": "./index.ts" }',
        'connectors/acme/index.ts': '',
        'connectors/acme/answers.fixture.ts': '',
        'connectors/acme/x.test.ts': "import { answer } from './answers.fixture.ts';",
      },
    ],
  },
];
