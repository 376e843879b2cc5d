import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { findBrowser, hasBrowser } from './find-browser.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemill-programs-'));
});

async function program(name: string, mode = 0o755): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, '#!/bin/sh\n');
  await chmod(path, mode);
  return path;
}

describe('the browser of a machine', () => {
  it('is the one that is named, before any other', async () => {
    await program('google-chrome');
    const named = await program('my-own');
    expect(findBrowser({ TIDEMILL_BROWSER: named, PATH: folder }, 'linux')).toBe(named);
  });

  it('is the first that can be started', async () => {
    await program('google-chrome', 0o644);
    const second = await program('google-chrome-stable');
    await program('chromium');
    expect(findBrowser({ PATH: `/nowhere:${folder}` }, 'linux')).toBe(second);
  });

  it.each([
    ['linux', /apt-get install chromium/],
    ['darwin', /brew install/],
    ['win32', /winget install/],
    ['freebsd', /^Install one, or name/],
  ] as const)('is asked for by the command of %s where the named one is none', (system, hint) => {
    const find = (): string => findBrowser({ TIDEMILL_BROWSER: folder }, system);
    expect(find).toThrow(
      expect.objectContaining({ kind: 'config', code: 'browser-missing', hint: expect.stringMatching(hint) }),
    );
    expect(find).toThrow(folder);
  });

  it('is there or not, for tests', async () => {
    expect(hasBrowser({ TIDEMILL_BROWSER: await program('my-own') })).toBe(true);
    expect(hasBrowser({ TIDEMILL_BROWSER: folder })).toBe(false);
  });
});
