import { execFile } from 'node:child_process';
import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('empties no folder that has anything else than packages in it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-pack-'));
  await writeFile(join(folder, 'letter.txt'), '');
  const packing = promisify(execFile)(process.execPath, [join(import.meta.dirname, 'pack.ts'), folder]);
  await expect(packing).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('letter.txt') });
  expect(await readdir(folder)).toEqual(['letter.txt']);
});
