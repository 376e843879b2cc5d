import { execFile, spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { buildBundle } from './build.ts';

/** A project with a command line that needs one package, which has this code. */
async function projectWith(library: string, main = "import { answer } from 'library';\nexport { answer };\n") {
  const root = await mkdtemp(join(tmpdir(), 'tidemill-bundle-'));
  const files = {
    'orchestrator/cli/main.ts': main,
    'orchestrator/beside.txt': 'beside',
    'connectors/README.md': '',
    'connectors/asked.md': 'a text',
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
      sources: ['connectors/asked.md', 'orchestrator/beside.txt', 'orchestrator/cli/main.ts', 'package-lock.json'],
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
    await expect(buildBundle(request)).rejects.toThrow(words);
    await expect(readFile(join(request.folder, 'bundle.json'))).rejects.toThrow('ENOENT');
  });

  it('takes the place of a bundle or of nothing, and of nobody’s files', async () => {
    const request = await projectWith('exports.answer = 42;');
    const main = join(request.root, 'orchestrator/cli/main.ts');
    for (const folder of [request.root, join(request.root, 'orchestrator'), main]) {
      await expect(buildBundle({ ...request, folder })).rejects.toThrow(`${folder} is no bundle`);
      expect(await readFile(main, 'utf8')).toContain('answer');
    }
    await mkdir(request.folder);
    await buildBundle(request);
    await buildBundle(request);
    // One that was cut short when it was removed.
    await rm(join(request.folder, 'chunks'), { recursive: true });
    await buildBundle(request);
    const beside = (await readdir(request.root)).filter((name) => name.startsWith('bundle'));
    expect(beside).toEqual(['bundle']);
  });

  it('that does not fit is removed by the step that looks at it, and nothing else that is named in its place', async () => {
    const { root, ...request } = await projectWith('exports.answer = 42;');
    await buildBundle({ ...request, root });
    const look = (TIDEMILL_BUNDLE: string): Promise<unknown> => {
      const env = { PATH: process.env['PATH'], GITHUB_SHA: 'f00d', TIDEMILL_BUNDLE };
      return promisify(execFile)(process.execPath, [join(import.meta.dirname, 'fits.mjs')], { cwd: root, env });
    };
    expect(await look(root)).toMatchObject({ stdout: '', stderr: expect.stringContaining('::warning') });
    expect(await readdir(root)).toContain('orchestrator');
    expect(await look('bundle')).toMatchObject({ stdout: '', stderr: expect.stringContaining('and this is f00d') });
    expect(await readdir(root)).not.toContain('bundle');
  });

  it('that cannot be made says where and why, and not where the bundler was', async () => {
    const { root } = await projectWith('exports.answer = 42;', 'export const answer = ;\n');
    await mkdir(join(root, 'scripts'));
    await copyFile(join(import.meta.dirname, '../bundle.ts'), join(root, 'scripts/bundle.ts'));
    await symlink(import.meta.dirname, join(root, 'scripts/bundle'));
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts/bundle.ts')], {
      encoding: 'utf8',
    });
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/Unexpected token.*orchestrator\/cli\/main\.ts:1:23.*No bundle was made/s);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  it('may be made of code that asks whether it can do so', async () => {
    const guarded = "exports.answer = typeof __filename === 'undefined' ? 1 : __filename;";
    expect((await buildBundle(await projectWith(guarded))).files).toBeGreaterThan(2);
  });
});
