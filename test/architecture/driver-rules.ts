/** A driver is named where it lies, and nowhere else. */
import { posix } from 'node:path';
import { isProduct, type Rule, type Tree } from './tree.ts';

interface Manifest {
  readonly name: string;
  readonly tidemill?: {
    readonly kind?: string;
    readonly schemes?: readonly string[];
    readonly suffixes?: readonly string[];
    readonly shorthand?: string;
    readonly credentials?: readonly { readonly name: string }[];
    readonly settings?: readonly { readonly name: string }[];
  };
}

interface Named {
  /** The driver's folder. */
  readonly home: string;
  readonly words: RegExp;
}

const DRIVER = /^orchestrator\/(storage|warehouse|events)\/[^/]+\/package\.json$/;

/** Schemes of everybody's URLs: they name no driver. */
const COMMON: ReadonlySet<string> = new Set(['file', 'http', 'https']);

const driversIn = (tree: Tree): Named[] =>
  [...tree].flatMap(([path, text]) => {
    if (!DRIVER.test(path)) return [];
    const { name, tidemill = {} } = JSON.parse(text) as Manifest;
    const { schemes = [], suffixes = [], shorthand, credentials = [], settings = [] } = tidemill;
    const words = [
      `${quoted(name)}(?![\\w-])`,
      ...schemes
        .filter((scheme) => !COMMON.has(scheme))
        .flatMap((scheme) => [`\\b${quoted(scheme)}://`, `(['"])${quoted(scheme)}\\1`]),
      ...suffixes.filter((suffix) => suffix !== '').map((suffix) => `${quoted(suffix)}(?!\\w)`),
      ...(shorthand === undefined ? [] : [`\\b${quoted(shorthand)}`]),
      ...[...credentials, ...settings].map((variable) => `\\b${quoted(variable.name)}\\b`),
    ];
    // Each by itself: a reference to a group counts from the beginning of its expression.
    return words.map((word) => ({ home: `${posix.dirname(path)}/`, words: new RegExp(word) }));
  });

const quoted = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');

const GENERATED = /^ *# generated:.*\n(?:.*\n)*? *# \/generated\n/gm;

/** What is written by hand and runs, or says what may; undefined for everything else. */
function lookedAt(path: string, text: string): string | undefined {
  if (path.startsWith('.github/workflows/')) return text.replaceAll(GENERATED, '');
  const isTool = /^(scripts|test\/architecture)\/.*(?<!\.test)\.ts$/.test(path);
  return isProduct(path) || isTool ? text : undefined;
}

function namingViolations(tree: Tree): string[] {
  const drivers = driversIn(tree);
  return [...tree].flatMap(([path, text]) => {
    const looked = lookedAt(path, text);
    if (looked === undefined) return [];
    return drivers
      .filter(({ home }) => !path.startsWith(home))
      .flatMap(({ words }) => words.exec(looked)?.[0] ?? [])
      .map((word) => `${path}: names ${word}`);
  });
}

const memo = {
  'orchestrator/storage/memo/package.json': JSON.stringify({
    name: '@tidemill/storage-memo',
    tidemill: {
      kind: 'bucket',
      schemes: ['memo'],
      suffixes: ['.memo'],
      shorthand: 'memo_bucket',
      credentials: [{ name: 'MEMO_KEY' }],
      settings: [{ name: 'MEMO_REGION' }],
    },
  }),
};

export const driverRules: readonly Rule[] = [
  {
    rule: 'a driver is named in its own folder, and nowhere else',
    because: 'its manifest says all that others need: one more driver is one more folder, or a package from elsewhere',
    violations: namingViolations,
    broken: [
      { 'orchestrator/cli/x.ts': "if (location.startsWith('memo://')) return;" },
      { 'orchestrator/config/x.ts': "const SCHEMES = ['memo'];" },
      { 'orchestrator/config/x.ts': "const isFine = text.endsWith('.memo');" },
      { 'orchestrator/config/x.ts': 'const { memo_bucket_dev } = global;' },
      { 'orchestrator/cli/x.ts': "const SECRETS = ['MEMO_KEY'];" },
      { 'orchestrator/storage/other/x.ts': "const region = env['MEMO_REGION'];" },
      { 'orchestrator/cli/x.ts': "const name = '@tidemill/storage-memo';" },
      { 'orchestrator/report/x.ts': '/** As memo://… does. */' },
      { 'scripts/documents/x.ts': "const line = 'MEMO_KEY: …';" },
      { 'test/architecture/x-rules.ts': "const may = ['@tidemill/storage-memo'];" },
      { '.github/workflows/x.yaml': '      env:\n        MEMO_KEY: ${{ secrets.MEMO_KEY }}\n' },
    ].map((files) => ({ ...memo, ...files })),
  },
];
