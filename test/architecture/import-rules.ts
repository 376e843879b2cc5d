/** Who may import whom. */
import { areas } from './areas.ts';
import { connectorOf, importsOf, isProduct, manifestOf, type Rule, type Tree } from './tree.ts';

const isWithin = (target: string, allowed: readonly string[]): boolean =>
  allowed.some((one) => (one.endsWith('/') ? target.startsWith(one) : target === one));

/** Only what is ours, files and packages: whose packages somebody may use is another rule. */
const isOurs = (target: string): boolean => /^(orchestrator|connectors|test|scripts|bench|@tidemill)\//.test(target);

function layerViolations(tree: Tree): string[] {
  return [...tree]
    .filter(([path]) => isProduct(path) && connectorOf(path) === undefined)
    .flatMap(([path, text]) => {
      const own = areas.find(({ area }) => area.test(path));
      if (own === undefined) return [`${path}: belongs to no area`];
      const { area, may, mayAsTypes = [] } = own;
      const home = area.exec(path)?.[0];
      return importsOf(path, text)
        .filter(({ target }) => isOurs(target) && area.exec(target)?.[0] !== home)
        .filter(({ target, kind }) => !isWithin(target, kind === 'type' ? [...may, ...mayAsTypes] : may))
        .map(({ target, kind }) => `${path}: imports ${target}${kind === 'type' ? ' (types)' : ''}`);
    });
}

function connectorViolations(tree: Tree): string[] {
  return [...tree].flatMap(([path, text]) => {
    const service = connectorOf(path);
    if (service === undefined || !/(?<!\.test)\.ts$/.test(path)) return [];
    const { name, dependencies = {} } = manifestOf(tree, path);
    const home = /^(?:connectors\/[^/]+|scripts\/connector-kinds\/[^/]+\/connectors\/[^/]+)\//.exec(path)?.[0] ?? path;
    return importsOf(path, text)
      .filter(({ target }) => !target.startsWith(home) && !Object.hasOwn(dependencies, target))
      .filter(({ target, kind }) => kind !== 'lazy' || target !== `${name}-sign-in`)
      .map(({ target, specifier }) => `${path}: imports ${specifier === undefined ? 'a computed name' : target}`);
  });
}

/** Where a package is imported whose name only the configuration or a manifest knows; and the bundle that a process is to start from. */
const FINDERS = [
  'orchestrator/run/extract/connector.ts',
  'orchestrator/drivers/open.ts',
  'orchestrator/bin/bundle.mjs',
];

function computedViolations(tree: Tree): string[] {
  return [...tree]
    .filter(([path]) => isProduct(path) && !FINDERS.includes(path))
    .flatMap(([path, text]) => importsOf(path, text).map((found) => ({ path, ...found })))
    .filter(({ specifier }) => specifier === undefined)
    .map(({ path }) => `${path}: imports a computed name`);
}

const PURE = /^orchestrator\/(plan|result|report|text)\//;

function pureViolations(tree: Tree): string[] {
  return [...tree]
    .filter(([path]) => isProduct(path) && PURE.test(path))
    .flatMap(([path, text]) => importsOf(path, text).map(({ target }) => ({ path, target })))
    .filter(({ target }) => target.startsWith('node:'))
    .map(({ path, target }) => `${path}: imports ${target}`);
}

const acme = '{ "name": "@tidemill/acme", "dependencies": { "@tidemill/kit": "0.1.0", "zod": "^4" } }';

/** What belongs to a terminal, or to a process as a whole. */
const OF_A_TERMINAL = /^(commander|node:(process|tty|readline|child_process|repl|cluster)(\/|$))/;

function terminalViolations(tree: Tree): string[] {
  return [...tree]
    .filter(([path]) => isProduct(path) && path.startsWith('orchestrator/app/'))
    .flatMap(([path, text]) => importsOf(path, text).map(({ target }) => ({ path, target })))
    .filter(({ target }) => OF_A_TERMINAL.test(target))
    .map(({ path, target }) => `${path}: imports ${target}`);
}

export const importRules: readonly Rule[] = [
  {
    rule: 'in the core, everybody imports only what lies below: stages never import each other',
    because: 'a stage can be understood, tested and replaced alone; only pipeline.ts knows their order',
    violations: layerViolations,
    broken: [
      { 'orchestrator/run/silver/x.ts': "import { keep } from '../bronze/keep.ts';" },
      { 'orchestrator/run/bronze/x.ts': "import type { LoadReport } from '../silver/load.ts';" },
      { 'orchestrator/run/extract/x.ts': "const { plan } = await import('../../plan/plan.ts');" },
      { 'orchestrator/plan/x.ts': "import {\n  readState,\n} from '../state/store.ts';" },
      { 'orchestrator/report/x.ts': "import { plan } from '../plan/plan.ts';" },
      { 'orchestrator/report/x.ts': "export { slotsBetween } from '../plan/slots.ts';" },
      { 'orchestrator/run/silver/x.ts': "import { open } from '@tidemill/warehouse-x';" },
      { 'orchestrator/storage/local/x.ts': "import { Upload } from '../other/upload.ts';" },
      { 'orchestrator/warehouse/engine/x.ts': "import { open } from '../one/driver.ts';" },
      { 'orchestrator/storage/open.ts': "import open from '@tidemill/storage-x';" },
      { 'orchestrator/storage/local/x.ts': "import type { Job } from '../../config/job.ts';" },
      { 'orchestrator/run/pipeline.ts': "import { main } from '../cli/main.ts';" },
      { 'orchestrator/events/x.ts': "import type { Ledger } from '../state/ledger.ts';" },
      { 'orchestrator/result/x.ts': "import { runJob } from '../run/pipeline.ts';" },
      { 'orchestrator/app/x.ts': "import type { Terminal } from '../cli/host.ts';" },
      { 'orchestrator/server/x.ts': "import { realHost } from '../cli/host.ts';" },
      { 'orchestrator/server/x.ts': "import { readState } from '../state/store.ts';" },
      ...['config/load', 'plan/plan', 'run/pipeline', 'state/store', 'storage/open', 'warehouse/open'].map((file) => ({
        'orchestrator/cli/x.ts': `const { x } = await import('../${file}.ts');`,
      })),
      { 'connectors/_kit/x.ts': "import type { Job } from '../../orchestrator/config/job.ts';" },
      { 'orchestrator/state/x.ts': "import { jobOf } from '../../test/fixtures/job.ts';" },
      { 'orchestrator/somewhere/x.ts': '' },
    ],
  },
  {
    rule: 'a use case knows no terminal and no process',
    because: 'the command line is one handle on it, an HTTP server will be another',
    violations: terminalViolations,
    broken: [
      { 'orchestrator/app/x.ts': "import { Command } from 'commander';" },
      ...['process', 'tty', 'readline', 'readline/promises', 'child_process'].map((name) => ({
        'orchestrator/app/x.ts': `import { x } from 'node:${name}';`,
      })),
    ],
  },
  {
    rule: 'a connector imports the kit, the packages it depends on, and itself',
    because: 'it is installed alone on the machine that runs it, and may live in another repository',
    violations: connectorViolations,
    broken: [
      "import { other } from '../other/streams.ts';",
      "import other from '@tidemill/other';",
      "import type { Job } from '../../orchestrator/config/job.ts';",
      "import { columnsOf } from '../_kit/rows.ts';",
      "import pg from 'pg';",
      "import { signIn } from '@tidemill/acme-sign-in';",
      "const { signIn } = await import('@tidemill/other-sign-in');",
      "import { readFile } from 'node:fs/promises';",
      'const sdk = await import(name);',
    ].map((line) => ({ 'connectors/acme/streams.ts': line, 'connectors/acme/package.json': acme })),
  },
  {
    rule: 'only the loaders of connectors and of drivers import a package by a computed name',
    because: 'there is no list of either in the core, and no second way to find one',
    violations: computedViolations,
    broken: [{ 'orchestrator/cli/x.ts': 'const module = await import(`@tidemill/${service}`);' }],
  },
  {
    rule: 'the planner and the report are pure: they import nothing of Node',
    because: 'values in, values out: they are tested without a fake',
    violations: pureViolations,
    broken: [
      { 'orchestrator/plan/x.ts': "import { hash } from 'node:crypto';" },
      { 'orchestrator/report/x.ts': "import { writeFile } from 'node:fs/promises';" },
    ],
  },
];
