/** What code that somebody else writes has of the packages: their modules, their types, and the suites for its tests. */
import { cpSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { manifestIn } from '../../scripts/packages/tarball.ts';
import { emptyFolder, type Folder, packages, tarballs } from './folder.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

let here: Folder;
beforeAll(async () => {
  here = emptyFolder();
  const manifests = await Promise.all(tarballs.map((name) => manifestIn(join(packages, name))));
  const types = [`typescript@${devDependencies.typescript}`, `@types/node@${devDependencies['@types/node']}`];
  await here.done(['npm', 'install', ...manifests.map(({ name }) => name), ...types]);
});

it('every module of every package can be imported', async () => {
  cpSync(join(import.meta.dirname, 'import-all.mjs'), here.path('import-all.mjs'));
  const { imported, faults } = JSON.parse(await here.done([process.execPath, 'import-all.mjs']));
  expect(faults).toEqual({});
  expect(imported).toBeGreaterThan(500);
});

it('on a Node that is too old the command line says which it needs, and nothing of what only the sources have', async () => {
  const old = 'data:text/javascript,Object.defineProperty(process,"versions",{value:{node:"20.1.0"}})';
  const ran = await here.run([process.execPath, '--import', old, 'node_modules/tidemill/bin/tidemill.mjs']);
  expect([ran.code, ran.stderr]).toEqual([2, expect.stringMatching(/needs Node 22[\s\S]*Install a newer Node/)]);
  expect(ran.stderr).not.toContain('npm ci');
});

/** As strict as TypeScript can be, and with a look into the declarations of the packages themselves. */
const STRICT = {
  ...{ target: 'es2024', lib: ['es2024', 'esnext.array', 'esnext.disposable', 'esnext.iterator'] },
  ...{ module: 'nodenext', types: ['node'], noEmit: true, strict: true, skipLibCheck: false },
  ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, verbatimModuleSyntax: true },
  ...{ allowImportingTsExtensions: true, erasableSyntaxOnly: true, resolveJsonModule: true },
};

it('a connector of one’s own compiles against the kit in strict TypeScript, declarations of packages included', async () => {
  const template = join(ROOT, 'scripts/connector-kinds/api/connectors/acme_crm');
  for (const file of ['index.ts', 'schema.ts', 'streams.ts', 'package.json']) {
    cpSync(join(template, file), here.path('connectors/acme_crm', file), { recursive: true });
  }
  here.write('tsconfig.json', JSON.stringify({ compilerOptions: STRICT, include: ['connectors'] }));
  await here.done(['npx', 'tsc']);
  here.write(
    'connectors/acme_crm/wrong.ts',
    "import { text } from '@tidemill/kit';\n\nexport const n: number = text();\n",
  );
  const { code, stdout } = await here.run(['npx', 'tsc']);
  expect([code, stdout]).toEqual([1, expect.stringMatching(/^connectors\/acme_crm\/wrong\.ts\(3,14\): error TS2322/)]);
});

it('the declarations of every package compile for who imports them', async () => {
  const names = Object.keys(JSON.parse(here.read('package.json')).dependencies).filter(
    // One that has programs alone is imported by nobody.
    (name) =>
      name.startsWith('@tidemill/') && '.' in JSON.parse(here.read(`node_modules/${name}/package.json`)).exports,
  );
  here.write('all/package.json', '{ "type": "module" }');
  here.write(
    'all/index.ts',
    names.map((name, at) => `import * as p${at} from '${name}';\nexport { p${at} };\n`).join(''),
  );
  // Playwright's declarations, which that of browsers leads to, name what a page has.
  const compilerOptions = { ...STRICT, lib: [...STRICT.lib, 'dom', 'dom.iterable'] };
  here.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['all'] }));
  await here.done(['npx', 'tsc']);
});

/** Each is broken in one way, which the promise finds: file, what stands there, what then does, and the test that is red. */
const BROKEN: readonly (readonly [file: string, sound: string, broken: string, promise: string])[] = [
  [
    'acme_crm/streams.ts',
    '    const pages = ',
    '    yield { mark: { updated_through: until } };\n    const pages = ',
    'acme_crm: contacts keeps the connector contract has the same rows when it is killed at any moment and run again',
  ],
  [
    'memo/driver.ts',
    "if (onlyIf === 'absent' && before !== undefined) return undefined;",
    '',
    'memo keeps the bucket contract create-only: the second write changes nothing and says so',
  ],
  [
    'memo/network.test.ts',
    ' limits });',
    ' limits: { ...limits, retries: 0 } });',
    'memo under faults swaps an object though one request after the other meets 503',
  ],
  [
    'memo/warehouse.test.ts',
    'return readableInSql(openDuckDb({ location, ...surroundings }));',
    `const sound = readableInSql(openDuckDb({ location, ...surroundings }));
  return { ...sound, apply: (load) => sound.apply({ ...load, scope: 'changes' }) };`,
    'memo keeps the warehouse contract a package of everything deletes what it does not name, all of it when it is empty; or is refused',
  ],
  [
    'memo/events.test.ts',
    '        taken(1);\n',
    '',
    'memo as a sink of events an event is told to be taken when the receiver has it, and not before',
  ],
  [
    'memo/kills.test.ts',
    "'page/1', Buffer.from('one')",
    "'page/2', Buffer.from('one')",
    'may be killed at any instant',
  ],
  ['weather/weather.test.ts', 'tries = 3', 'tries = 1', 'asks again after lose-answer'],
];

/** What takes longest is held to the same drivers elsewhere: here, some that need what the package brings along. */
const SOME =
  '^(?!memo keeps the warehouse contract|memo under faults)|swaps an object|whatever a source writes|a package of everything';

interface Ran {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

describe('a repository of who writes a connector and drivers, as docs/testing.md has it', () => {
  /** Names of the tests that ended so. */
  async function tested(): Promise<(status: string) => string[]> {
    const report = ['--reporter=json', '--outputFile=report.json'];
    await here.run(['npx', 'vitest', 'run', 'example', ...report, '-t', SOME]);
    const all = (JSON.parse(here.read('report.json')) as Ran).testResults.flatMap(
      ({ assertionResults }) => assertionResults,
    );
    return (status) => all.filter((one) => one.status === status).map(({ fullName }) => fullName);
  }

  beforeAll(() => {
    const page = readFileSync(join(ROOT, 'docs/testing.md'), 'utf8');
    for (const [, file = '', code = ''] of page.matchAll(/^`([\w./-]+\.ts)`\n\n```ts\n([\s\S]*?)^```$/gm)) {
      here.write(`example/${file}`, code);
    }
    cpSync(join(ROOT, 'scripts/connector-kinds/api/connectors/acme_crm'), here.path('example/acme_crm'), {
      recursive: true,
    });
    here.write('example/package.json', '{ "type": "module" }');
  });

  it('compiles in strict TypeScript', async () => {
    here.write('tsconfig.json', JSON.stringify({ compilerOptions: STRICT, include: ['example'] }));
    await here.done(['npx', 'tsc']);
  });

  it('holds them to their contracts, and sees each that is broken', async () => {
    const sound = await tested();
    expect(sound('failed')).toEqual([]);
    for (const [file, whole, broken, promise] of BROKEN) {
      expect(sound('passed')).toContain(promise);
      const code = here.read(`example/${file}`);
      expect(code).toContain(whole);
      here.write(`example/${file}`, code.replace(whole, broken));
    }
    expect((await tested())('failed')).toEqual(expect.arrayContaining(BROKEN.map(([, , , promise]) => promise)));
  });
});
