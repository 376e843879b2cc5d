import { execFile } from 'node:child_process';
import { mkdtemp, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from './folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemill-folder-'));
});

describe('a folder', () => {
  it('is made with those above it, and once more it is there already', async () => {
    const below = join(folder, 'a', 'b', 'c');
    makeFolder(below);
    makeFolder(below);
    expect((await stat(below)).isDirectory()).toBe(true);
  });

  it('is not made where a file stands, nor below one', async () => {
    await writeFile(join(folder, 'file'), '');
    for (const path of ['file', 'file/below', 'file/below/it']) {
      expect(() => makeFolder(join(folder, path)), path).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    }
  });

  it.runIf(process.platform === 'linux')('is refused by one that takes none, and not asked for again', async () => {
    // In a process of its own: one that asks for ever can be ended.
    const module = JSON.stringify(new URL('folder.ts', import.meta.url).href);
    const script = `(await import(${module})).makeFolder('/proc/tidemill/bucket')`;
    const running = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      timeout: 60_000,
    });
    await expect(running).rejects.toMatchObject({ killed: false, stderr: expect.stringContaining('ENOENT') });
  });
});
