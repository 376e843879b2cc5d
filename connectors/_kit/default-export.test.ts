import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { defaultExport } from './default-export.ts';

it.each([
  ['module.mjs', 'export default { service: "shop" };'],
  ['common.cjs', 'module.exports = { service: "shop" };'],
  [
    'compiled.cjs',
    'Object.defineProperty(exports, "__esModule", { value: true }); exports.default = { service: "shop" };',
  ],
])('is found in %s', async (name, text) => {
  const file = join(await mkdtemp(join(tmpdir(), 'tidemill-export-')), name);
  await writeFile(file, text);
  expect(defaultExport(await import(/* @vite-ignore */ pathToFileURL(file).href))).toEqual({ service: 'shop' });
});
