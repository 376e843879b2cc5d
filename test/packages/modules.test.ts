/** What code that somebody else writes has of the packages: their modules, and their types. */
import { cpSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
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
  const names = Object.keys(JSON.parse(here.read('package.json')).dependencies).filter((name) =>
    name.startsWith('@tidemill/'),
  );
  here.write('all/package.json', '{ "type": "module" }');
  here.write(
    'all/index.ts',
    names.map((name, at) => `import * as p${at} from '${name}';\nexport { p${at} };\n`).join(''),
  );
  here.write('tsconfig.json', JSON.stringify({ compilerOptions: STRICT, include: ['all'] }));
  await here.done(['npx', 'tsc']);
});
