/** What people are told must be so. */
import { posix } from 'node:path';
import type { Command } from 'commander';
import { describedProgram } from '../../scripts/documents/commands.ts';
import { manifestAt, type Rule, type Tree } from './tree.ts';

/** Options by command. */
async function commandsOf(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { commands } = await describedProgram(() => undefined);
  const optionsOf = ({ options }: Command): Set<string> =>
    new Set([...options.flatMap(({ long }) => long ?? []), '--help']);
  return new Map(commands.map((command) => [command.name(), optionsOf(command)]));
}

const commands = await commandsOf();

const documentsIn = (tree: Tree): [string, string][] => [...tree].filter(([path]) => path.endsWith('.md'));

/** `tidemill WORD …`, at the start of a piece of code, a line of it, or after `npx`. */
const CALL = /(?:^|`|&& |npx )(?:npx )?tidemill ([a-z][\w-]*)([^\n`#|]*)/gm;
/** A sentence may also begin with the name; what stands in code is a call. */
const CODE = /```(?:sh|text|bash)?\n[\s\S]*?```|`[^`\n]+`/g;

function callViolations(tree: Tree): string[] {
  return documentsIn(tree).flatMap(([path, text]) =>
    (text.match(CODE) ?? [])
      .flatMap((code) => [...code.replace(/^```.*$/gm, '').matchAll(CALL)])
      .flatMap(([, name = '', rest = '']) => {
        const options = commands.get(name);
        if (options === undefined) return [`${path}: there is no command ${name}`];
        const unknown = (rest.match(/(?<=\s)--[a-z-]+/g) ?? []).filter((option) => !options.has(option));
        return unknown.map((option) => `${path}: ${name} has no option ${option}`);
      }),
  );
}

function scriptViolations(tree: Tree): string[] {
  const { scripts = {} } = manifestAt(tree, 'package.json');
  return documentsIn(tree).flatMap(([path, text]) =>
    [...text.matchAll(/\bnpm run ([a-z][\w:-]*)|\bnpm (start|test)\b/g)]
      .map(([, run, word]) => run ?? word ?? '')
      .filter((name) => !Object.hasOwn(scripts, name))
      .map((name) => `${path}: there is no script ${name}`),
  );
}

/** The page has a table by hand besides what `--help` says, for whoever looks for the command that does something. */
function untoldViolations(tree: Tree): string[] {
  const page = 'docs/commands.md';
  const rows = (tree.get(page) ?? '').split('\n').filter((line) => line.startsWith('| '));
  if (rows.length === 0) return [];
  return [...commands.keys()]
    .filter((name) => !rows.some((row) => new RegExp(`tidemill ${name}\\b(?!-)`).test(row.split(' | ')[0] ?? '')))
    .map((name) => `${page}: the table does not name the command ${name}`);
}

/** Files and folders that a Markdown link names, relative to the document. */
const LINK = /\]\((?!https?:|#|mailto:)([^)\s#]+)(?:#[^)]*)?\)/g;

function linkViolations(tree: Tree): string[] {
  const paths = [...tree.keys()];
  const exists = (target: string): boolean => paths.some((path) => path === target || path.startsWith(`${target}/`));
  return documentsIn(tree).flatMap(([path, text]) =>
    [...text.matchAll(LINK)]
      .map(([, link = '']) => posix.join(posix.dirname(path), link).replace(/\/$/, ''))
      // The only other kinds of files that are linked; for pictures look in test/documents.
      .filter((target) => !exists(target) && !/^LICENSE$|^docs\/schemas$|\.webp$/.test(target))
      .map((target) => `${path}: links to ${target}, which is not there`),
  );
}

/** As GitHub names the place of a heading. */
const placeOf = (heading: string): string =>
  heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');

function headingViolations(tree: Tree): string[] {
  const documents = new Map(documentsIn(tree));
  const placesIn = (text: string): Set<string> =>
    new Set([...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => placeOf(heading)));
  return [...documents].flatMap(([path, text]) =>
    [...text.matchAll(/\]\((?!https?:|mailto:)([^)\s#]*)#([^)\s]+)\)/g)]
      .map(([, link = '', place = '']) => [link === '' ? path : posix.join(posix.dirname(path), link), place] as const)
      .filter(([target, place]) => documents.has(target) && !placesIn(documents.get(target) ?? '').has(place))
      .map(([target, place]) => `${path}: ${target} has no heading ${place}`),
  );
}

/** Variables of Tidemill's own, where the product reads or sets them. */
function variableViolations(tree: Tree): string[] {
  const page = 'docs/operations.md';
  const told = tree.get(page) ?? '';
  const named = [...tree]
    .filter(([path]) =>
      /^(connectors\/_kit|orchestrator\/(app|cli|credentials|run\/extract|server|storage))\/.*(?<!\.test)\.ts$/.test(
        path,
      ),
    )
    .flatMap(([, text]) => text.match(/\bTIDEMILL_[A-Z0-9]+(?:_[A-Z0-9]+)*\b/g) ?? []);
  return [...new Set(named)]
    .filter((name) => !told.includes(`\`${name}\``))
    .map((name) => `${page}: does not name the variable ${name}`);
}

/** Decisions are numbered without a gap, in their names and their titles, and no two have the same number. */
function decisionViolations(tree: Tree): string[] {
  const decisions = [...tree.keys()].filter((path) => path.startsWith('docs/decisions/')).sort();
  return decisions.flatMap((path, index) => {
    const number = index + 1;
    const isNamed = path.startsWith(`docs/decisions/${String(number).padStart(4, '0')}-`);
    const isTitled = tree.get(path)?.startsWith(`# ${number}. `);
    return isNamed && isTitled ? [] : [`${path}: is decision ${number}, in its name and its title`];
  });
}

function versionViolations(tree: Tree): string[] {
  const named = [...tree.keys()]
    .filter((path) => path.endsWith('package.json'))
    .flatMap((path) => {
      const { dependencies, peerDependencies, devDependencies, optionalDependencies } = manifestAt(tree, path);
      return Object.entries({ ...dependencies, ...peerDependencies, ...devDependencies, ...optionalDependencies });
    });
  return [...Map.groupBy(named, ([name]) => name)]
    .map(([name, all]) => [name, [...new Set(all.map(([, range]) => range))]] as const)
    .filter(([, ranges]) => ranges.length > 1)
    .map(([name, ranges]) => `package.json: ${name} is wanted as ${ranges.join(' and as ')}`);
}

export const documentRules: readonly Rule[] = [
  {
    rule: 'every command and option that a document names exists',
    because: 'what a reader types must work',
    violations: callViolations,
    broken: [
      { 'README.md': '`npx tidemill explode`' },
      { 'docs/x.md': 'Then `tidemill plan --dry-swim` it.' },
      { 'docs/x.md': '```sh\ncd x && tidemill status --quiet\n```' },
    ],
  },
  {
    rule: 'every npm script that a document names exists',
    because: 'what a reader types must work',
    violations: scriptViolations,
    broken: [{ 'README.md': 'Run `npm run deploy`.', 'package.json': '{ "scripts": { "start": "x" } }' }],
  },
  {
    rule: 'the table of commands names every command',
    because: 'a command nobody is told of is not there',
    violations: untoldViolations,
    broken: [
      {
        'docs/commands.md': `${[...commands.keys()]
          .filter((name) => name !== 'report')
          .map((name) => `| \`tidemill ${name}\` | x |`)
          .join('\n')}\n`,
      },
    ],
  },
  {
    rule: 'every relative link of a document leads somewhere',
    because: 'documents move',
    violations: linkViolations,
    broken: [{ 'docs/x.md': '[the plan](../orchestrator/plan/gone.ts)' }],
  },
  {
    rule: 'every link to a heading of a document finds it',
    because: 'a reader who follows one would stand at the beginning of a long page',
    violations: headingViolations,
    broken: [
      { 'docs/x.md': '# X\n[more](#more)' },
      { 'docs/x.md': '[the `cost`](y.md#what-it-costs)', 'docs/y.md': '## What it costs, and why\n' },
    ],
  },
  {
    rule: 'decisions are numbered in their order',
    because: 'other pages name them by their numbers',
    violations: decisionViolations,
    broken: [
      { 'docs/decisions/00XX-x.md': '# 1. X\n' },
      { 'docs/decisions/0001-x.md': '# XX. X\n' },
      { 'docs/decisions/0001-x.md': '# 1. X\n', 'docs/decisions/0003-y.md': '# 3. Y\n' },
    ],
  },
  {
    rule: 'the page on operations names every variable of Tidemill',
    because: 'what nobody is told of, nobody can set',
    violations: variableViolations,
    broken: [{ 'orchestrator/cli/x.ts': "setting(host, 'TIDEMILL_SECRET_SWITCH')", 'docs/operations.md': '' }],
  },
  {
    rule: 'all workspaces want a package in the same version',
    because: 'two copies of zod do not know each other’s schemas',
    violations: versionViolations,
    broken: [
      {
        'orchestrator/package.json': '{ "dependencies": { "zod": "^4.6.7" } }',
        'connectors/acme/package.json': '{ "dependencies": { "zod": "^4.1.0" } }',
      },
    ],
  },
];
