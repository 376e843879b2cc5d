/** What code may touch, and how long it may be. */
import { codeOf, withoutComments } from '../../scripts/source/scan.ts';
import { isProduct, type Rule, servicesIn, type Tree } from './tree.ts';

/** The world outside, as it appears in code. */
const WORLD = [
  /\bprocess\.\w+/g,
  /\bDate\.now\b/g,
  /\bnew Date\(\s*\)/g,
  /(?<![\w.]|new )Date\(/g,
  /\bperformance\.\w+/g,
  /\bMath\.random\b/g,
  /\brandom(?:UUID|Bytes|Int)\(/g,
  /\bconsole\.\w+/g,
  /(?<![\w.#])fetch\(/g,
  /(?<![\w.])set(?:Timeout|Interval|Immediate)\(/g,
] as const;

interface Allowance {
  /** A file, or a folder with a slash at its end. */
  readonly path: string;
  readonly what: string;
  readonly because: string;
}

/** What is not handed in by the door, and why. */
const allowances: readonly Allowance[] = [
  {
    path: 'orchestrator/run/extract/program.ts',
    what: 'process.kill',
    because: 'a command ends with everything it started, and Node ends a process group in no other way',
  },
  {
    path: 'orchestrator/run/extract/program.ts',
    what: 'process.platform',
    because: 'Windows has no process groups',
  },
  {
    path: 'orchestrator/run/extract/program.ts',
    what: 'setTimeout(',
    because: 'a program that hangs must end although nobody looks at the clock',
  },
  {
    path: 'connectors/_kit/npm/npm-package.ts',
    what: 'process.execPath',
    because: "npm's own configuration lies beside the Node that runs",
  },
  {
    path: 'connectors/_kit/http-client.ts',
    what: 'setTimeout(',
    because: 'a call that hangs must end although nobody looks at the clock',
  },
  {
    path: 'orchestrator/storage/',
    what: 'randomUUID(',
    because: 'names of what is half written must differ between processes, and nobody ever reads them',
  },
  {
    path: 'orchestrator/warehouse/',
    what: 'randomUUID(',
    because:
      'names of what is on its way to a warehouse, and of its files, must differ between processes, and nobody ever reads them',
  },
  {
    path: 'orchestrator/credentials/envelope.ts',
    what: 'randomBytes(',
    because: 'encrypting two texts with the same nonce would give both away',
  },
  {
    path: 'orchestrator/credentials/state-key.ts',
    what: 'randomBytes(',
    because: 'a key must be beyond guessing, in tests too',
  },
  {
    path: 'orchestrator/app/auth-sign-in.ts',
    what: 'randomBytes(',
    because: 'what tells the answer to a sign-in from a forged one must be beyond guessing, in tests too',
  },
  {
    path: 'orchestrator/storage/remote/',
    what: 'setTimeout(',
    because: 'a store that does not answer must not hold a run up although nobody looks at the clock',
  },
];

const isBelowCli = (path: string): boolean =>
  isProduct(path) && !/^(orchestrator\/(cli|bin)|connectors\/_taps\/bin)\//.test(path);

function worldIn(path: string, text: string): string[] {
  const code = codeOf(text);
  return isBelowCli(path) ? WORLD.flatMap((pattern) => [...code.matchAll(pattern)].map(([found]) => found)) : [];
}

const covers = (allowance: Allowance, path: string): boolean =>
  allowance.path.endsWith('/') ? path.startsWith(allowance.path) : path === allowance.path;

function worldViolations(tree: Tree): string[] {
  const found = [...tree].flatMap(([path, text]) => worldIn(path, text).map((what) => ({ path, what })));
  const isAllowed = ({ path, what }: { path: string; what: string }): boolean =>
    allowances.some((allowance) => allowance.what === what && covers(allowance, path));
  return [...new Set(found.filter((use) => !isAllowed(use)).map(({ path, what }) => `${path}: touches ${what}`))];
}

function unusedAllowances(tree: Tree): string[] {
  return allowances
    .map((allowance) => ({ ...allowance, files: [...tree].filter(([path]) => covers(allowance, path)) }))
    .filter(({ files, what }) => files.length > 0 && !files.some(([path, text]) => worldIn(path, text).includes(what)))
    .map(({ path, what }) => `${path}: no longer needs ${what}`);
}

/** A template is no service, and may be called by a word of the language: what must not be named is its package. */
const namePattern = (service: string, tree: Tree): RegExp => {
  const isTemplate = tree.get(`connectors/${service}/package.json`)?.includes('"template"') === true;
  return new RegExp(isTemplate ? `@tidemill/${service}(?![a-z])` : `(?<![a-z])${service}(?![a-z])`);
};

/** The command line's help may give examples; everything else in the core is the same for every service. */
function serviceViolations(tree: Tree): string[] {
  const services = [...servicesIn(tree)];
  return [...tree]
    .filter(([path]) => path.startsWith('orchestrator/') && isProduct(path))
    .flatMap(([path, text]) => {
      const looked = path.startsWith('orchestrator/cli/') ? codeOf(text) : text;
      const named = services.filter((service) => namePattern(service, tree).test(looked));
      return named.map((service) => `${path}: names ${service}`);
    });
}

const SQL =
  /\bSELECT\b[^;]*\bFROM\b|\b(?:INSERT|MERGE) INTO\b|\bDELETE FROM\b|\b(?:CREATE|ALTER|DROP) (?:TABLE|SCHEMA|VIEW)\b/;
/** Queries that a connector gives people to try. */
const EXAMPLE = /\bsql:\s*(?:'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`)/g;

function sqlViolations(tree: Tree): string[] {
  return [...tree]
    .filter(([path]) => isProduct(path) && !path.startsWith('orchestrator/warehouse/'))
    .filter(([path, text]) => {
      const code = withoutComments(text);
      return SQL.test(path.startsWith('connectors/') ? code.replaceAll(EXAMPLE, '') : code);
    })
    .map(([path]) => `${path}: speaks SQL`);
}

/** How a process ends, and what it wrote until then. */
const ENDS = /\bexitCode\b|\bexit\(|\.exit\b|\bstd(?:out|err)\b/g;

function exitViolations(tree: Tree): string[] {
  return [...tree]
    .filter(([path]) => path.startsWith('orchestrator/app/') && isProduct(path))
    .flatMap(([path, text]) => [...codeOf(text).matchAll(ENDS)].map(([found]) => `${path}: knows of ${found}`));
}

const LONG = 250;
const TOO_LONG = 400;

/** Product files of more than 250 lines, and why they are not two. */
const longFiles: Readonly<Record<string, string>> = {};
/** A reason for a file that is far from long has had its day. */
const SHORT = 200;

function lengthViolations(tree: Tree): string[] {
  return [...tree].flatMap(([path, text]) => {
    if (!path.endsWith('.ts')) return [];
    const lines = text.trimEnd().split('\n').length;
    if (lines > TOO_LONG) return [`${path}: ${lines} lines`];
    if (lines > LONG && isProduct(path) && !Object.hasOwn(longFiles, path)) {
      return [`${path}: ${lines} lines; make it two, or say here why it is one`];
    }
    return lines <= SHORT && Object.hasOwn(longFiles, path) ? [`${path}: is not long any more`] : [];
  });
}

/** A command in a text for people, as they would type it; help has examples, which name none of npm. */
const TYPED = /(?:`|: )tidemill [a-z-]+/g;

function typedViolations(tree: Tree): string[] {
  return [...tree]
    .filter(([path]) => isProduct(path) && path.endsWith('.ts'))
    .flatMap(([path, text]) => [...withoutComments(text).matchAll(TYPED)].map(([found]) => `${path}: says ${found}`));
}

const LATER = /\b(?:TODO|FIXME|XXX|HACK)\b/;

function leftoverViolations(tree: Tree): string[] {
  const ours = [...tree].filter(([path]) => !path.startsWith('test/architecture/'));
  return ours.filter(([, text]) => LATER.test(text)).map(([path]) => `${path}: leaves something for later`);
}

const KEBAB = /^(?:[a-z0-9]+(?:[-.][a-z0-9]+)*|[A-Z]+)\.\w+$/;

function nameViolations(tree: Tree): string[] {
  const services = new Set([...servicesIn(tree), 'acme_crm']);
  return [...tree.keys()]
    .filter((path) => /\.(ts|mjs)$/.test(path))
    .filter((path) => {
      const file = path.slice(path.lastIndexOf('/') + 1);
      // A connector's test may be called like its service.
      return !KEBAB.test(file) && !services.has(file.replace(/\.test\.ts$/, ''));
    })
    .map((path) => `${path}: is not written in kebab-case`);
}

export const codeRules: readonly Rule[] = [
  {
    rule: 'below the command line nobody touches the process, the clock, chance, the console or the network',
    because: 'the world comes in by the door, so tests need no mocks and a run can be repeated',
    violations: worldViolations,
    broken: [
      'const home = process.env.HOME;',
      'process.exit(1);',
      'const folder = process.cwd();',
      'const now = Date.now();',
      'const now = new Date();',
      'const text = `at ${new Date().toISOString()}`;',
      'const jitter = Math.random();',
      'const id = randomUUID();',
      "console.log('done');",
      "const answer = await fetch('https://example.org');",
      'setTimeout(() => undefined, 10);',
      'const start = performance.now();',
    ].flatMap((line) => [{ 'orchestrator/run/silver/x.ts': line }, { 'connectors/acme/streams.ts': line }]),
  },
  {
    rule: 'a use case answers with values: it knows no exit code and no stream to print to',
    because: 'what its answer means for a process, or looks like, is decided by who asked',
    violations: exitViolations,
    broken: ['exit(answer ? 0 : 2);', 'return error.exitCode;', 'host.stderr.write(line);'].map((line) => ({
      'orchestrator/app/x.ts': line,
    })),
  },
  {
    rule: 'every allowance is needed',
    because: 'a list of exceptions that only grows is no list of reasons',
    violations: unusedAllowances,
    broken: [{ 'orchestrator/run/extract/program.ts': 'child.kill();' }],
  },
  {
    rule: 'no service is named in the core',
    because: 'a connector is added without touching it',
    violations: serviceViolations,
    broken: [
      { 'orchestrator/run/extract/x.ts': "const list = ['acme'];", 'connectors/acme/package.json': '{}' },
      { 'orchestrator/cli/x.ts': 'const limits = { acme: 5 };', 'connectors/acme/package.json': '{}' },
      {
        'orchestrator/run/extract/x.ts': "const own = '@tidemill/acme';",
        'connectors/acme/package.json': '{ "tidemill": { "template": {} } }',
      },
    ],
  },
  {
    rule: 'nobody speaks SQL but the warehouses, and connectors in their examples for people',
    because: 'a warehouse may be files; what the core wants to know of one is a method of its contract',
    violations: sqlViolations,
    broken: [
      { 'orchestrator/cli/x.ts': "const { rows } = await warehouse.query('SELECT DISTINCT job FROM loaded');" },
      { 'orchestrator/run/silver/x.ts': 'const sql = `SELECT max("${column}")\n  FROM ${table}`;' },
      { 'orchestrator/state/x.ts': "await run('DELETE FROM packages');" },
      { 'orchestrator/cli/x.ts': "const here = { sql: 'SELECT 1 FROM t' };" },
      { 'connectors/acme/streams.ts': "const rows = await ask('SELECT id FROM acme.things');" },
    ],
  },
  {
    rule: 'a file is short: more than 250 lines need a reason, more than 400 have none',
    because: 'a file is read as a whole',
    violations: lengthViolations,
    broken: [
      { 'orchestrator/plan/x.ts': 'x;\n'.repeat(251) },
      { 'test/x.test.ts': 'x;\n'.repeat(401) },
      { 'scripts/x.ts': 'x;\n'.repeat(401) },
    ],
  },
  {
    rule: 'a command that somebody is told to type begins with npx',
    because: 'a repository has Tidemill in its node_modules, where no shell looks',
    violations: typedViolations,
    broken: [
      "throw new TidemillError('config', 'x', message, { hint: '`tidemill plan` lists them.' });",
      'hint: `Sign in again: tidemill auth ${service}`,',
      'const text = `${count} left: \\`tidemill gc --yes\\` removes them`;',
    ].map((line) => ({ 'orchestrator/app/x.ts': line })),
  },
  {
    rule: 'nothing is left for later',
    because: 'what is not done is said in an issue or a README, where somebody looks',
    violations: leftoverViolations,
    broken: [{ 'orchestrator/plan/x.ts': `// ${'TO'}DO: leap seconds` }],
  },
  {
    rule: 'files are named in kebab-case',
    because: 'one way to write a name is one thing less to remember',
    violations: nameViolations,
    broken: [{ 'orchestrator/plan/cronField.ts': '' }, { 'test/job_state.ts': '' }],
  },
];
