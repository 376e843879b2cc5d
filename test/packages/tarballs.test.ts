/** What is in the packages that are published, and what is not. */
import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { filesIn, manifestIn } from '../../scripts/packages/tarball.ts';
import { emptyFolder, packages, tarballs } from './folder.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(join(ROOT, 'orchestrator/package.json'), 'utf8'));

/** Of a connector, a driver or the kit; the command line has a limit of its own. */
const LIMIT_KB = 120;
const LIMITS_KB: Readonly<Record<string, number>> = { tidemill: 800 };

/** What new connectors are made of, as they are written. */
const TEMPLATE = /^init\/connector-kinds\//;

/** What the history page has in it: nobody imports it. */
const IN_A_BROWSER = '@tidemill/site/browser.js';

const published = await Promise.all(
  tarballs.map(async (name) => {
    const file = join(packages, name);
    return { file, manifest: await manifestIn(file), files: await filesIn(file), kB: statSync(file).size / 1000 };
  }),
);

it('they are those of the project, in one version', () => {
  expect(published.map(({ manifest }) => manifest.name)).toContain('@tidemill/kit');
  expect(new Set(published.map(({ manifest }) => manifest.version))).toEqual(new Set([version]));
  const sizes = published.map(({ manifest, kB }) => `${kB.toFixed(0).padStart(5)} kB  ${manifest.name}`);
  console.log([...sizes.sort().reverse(), ''].join('\n'));
});

describe.each(published)('$manifest.name', ({ manifest, files, kB }) => {
  it('has its code, its licence and what it is, and is small', () => {
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
    expect(files.some((file) => /\.m?js$/.test(file))).toBe(true);
    expect(kB).toBeLessThan(LIMITS_KB[manifest.name] ?? LIMIT_KB);
  });

  it('has no test, no source and no script that npm would run', () => {
    const own = files.filter((file) => !TEMPLATE.test(file));
    expect(own.filter((file) => /\.test\.|(?<!\.d)\.ts$|\.map$|(^|\/)(test|node_modules)\//.test(file))).toEqual([]);
    expect(manifest).not.toHaveProperty('scripts');
    expect(manifest).not.toHaveProperty('private');
    expect(manifest).not.toHaveProperty('devDependencies');
  });

  it('says what it is, whose it is, and who may have it', () => {
    expect(manifest).toMatchObject({
      license: 'Apache-2.0',
      ...{ engines: { node: expect.any(String) }, publishConfig: { access: 'public' } },
    });
  });

  it('exports only what is there, each with its types', () => {
    const targets = Object.values(manifest['exports'] as Record<string, string | { types: string; default: string }>);
    for (const target of targets) {
      const wanted = typeof target === 'string' ? [target] : [target.types, target.default];
      for (const path of wanted)
        expect(
          files.some((file) => pattern(path).test(`./${file}`)),
          path,
        ).toBe(true);
    }
  });

  it('has a declaration beside each file of code', () => {
    const code = files.filter((file) => file.endsWith('.js') && `${manifest.name}/${file}` !== IN_A_BROWSER);
    expect(code.map((file) => file.replace(/\.js$/, '.d.ts')).filter((file) => !files.includes(file))).toEqual([]);
  });
});

const pattern = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll(/[.*+?^${}()|[\]\\]/g, (found) => (found === '*' ? '.+' : `\\${found}`))}$`);

it('the one that all others lead to says what the project says, with its documentation', async () => {
  const { file } = published.find(({ manifest }) => manifest.name === 'tidemill')!;
  const { stdout } = await promisify(execFile)('tar', ['-xzOf', file, 'package/README.md']);
  expect(stdout).toBe(readFileSync(join(ROOT, 'README.md'), 'utf8'));
  expect(stdout).toContain('\n## Documentation\n');
});

it('packed once more they are the same, byte for byte', async () => {
  const again = await mkdtemp(join(tmpdir(), 'packed-'));
  await emptyFolder().done([process.execPath, join(ROOT, 'scripts/pack.ts'), again]);
  const differing = tarballs.filter(
    (name) => !readFileSync(join(packages, name)).equals(readFileSync(join(again, name))),
  );
  expect(differing).toEqual([]);
});
