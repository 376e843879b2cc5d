import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildBundle } from './build.ts';

/** A project with a command line that needs one package, which has this code. */
async function projectWith(library: string, main = "import { answer } from 'library';\nexport { answer };\n") {
  const root = await mkdtemp(join(tmpdir(), 'tidemill-bundle-'));
  const files = {
    'orchestrator/cli/main.ts': main,
    'orchestrator/beside.txt': 'beside',
    'connectors/README.md': '',
    'node_modules/library/package.json': '{ "name": "library", "main": "index.js" }',
    'node_modules/library/index.js': library,
    'package-lock.json': '{ "packages": { "node_modules/library": {} } }',
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return { root, folder: join(root, 'bundle'), commit: 'c0ffee' };
}

describe('a bundle', () => {
  it('says what it was made of, and has what lies beside the code', async () => {
    const request = await projectWith('exports.answer = 42;');
    await buildBundle(request);
    const manifest = JSON.parse(await readFile(join(request.folder, 'bundle.json'), 'utf8'));
    expect(manifest).toMatchObject({
      commit: 'c0ffee',
      node: Number(process.versions.node.split('.')[0]),
      sources: ['orchestrator/beside.txt', 'orchestrator/cli/main.ts', 'package-lock.json'],
    });
    expect(manifest.files).toEqual(expect.arrayContaining([manifest.entry, 'orchestrator/beside.txt', 'package.json']));
    const entry = (await import(join(request.folder, manifest.entry))) as { answer: number };
    expect(entry.answer).toBe(42);
  });

  const broken: readonly [string, string, string | undefined, RegExp][] = [
    [
      'code that reads files beside itself',
      "exports.answer = require('fs').readFileSync(__dirname)",
      undefined,
      /library\/index\.js reads files beside itself/,
    ],
    ['an import that leads nowhere', 'exports.answer = 42;', "export * from './missing.ts';\n", /missing\.ts/],
  ];
  it.each(broken)('is not made of %s, and the one before stays', async (_, library, main, words) => {
    const request = await projectWith(library, main);
    await mkdir(request.folder);
    await expect(buildBundle(request)).rejects.toThrow(words);
    await expect(readFile(join(request.folder, 'bundle.json'))).rejects.toThrow('ENOENT');
  });

  it('may be made of code that asks whether it can do so', async () => {
    const guarded = "exports.answer = typeof __filename === 'undefined' ? 1 : __filename;";
    expect((await buildBundle(await projectWith(guarded))).files).toBeGreaterThan(2);
  });
});
