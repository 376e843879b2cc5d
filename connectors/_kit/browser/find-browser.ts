/** The Chromium or Chrome of the machine. None is ever downloaded. */
import { accessSync, constants, statSync } from 'node:fs';
import { platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { TidemillError } from '@tidemill/kit';

type Env = Readonly<Record<string, string | undefined>>;

const PROGRAMS = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser', 'microsoft-edge'];

const INSTALL: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'Install one, as with `sudo apt-get install chromium`',
  darwin: 'Install one, as with `brew install --cask google-chrome`',
  win32: 'Install one, as with `winget install Google.Chrome`',
};

/** Path of the program: what `TIDEMILL_BROWSER` names, or the first one at the usual places. Throws `browser-missing`. */
export function findBrowser(env: Env, system: NodeJS.Platform = platform()): string {
  const named = env['TIDEMILL_BROWSER'] ?? '';
  const found = named === '' ? placesOf(env, system).find(isProgram) : named;
  if (found !== undefined && isProgram(found)) return found;
  const hint = `${INSTALL[system] ?? 'Install one'}, or name its program in TIDEMILL_BROWSER.`;
  if (named === '') {
    throw new TidemillError('config', 'browser-missing', 'There is neither Chrome nor Chromium on this machine', {
      hint,
    });
  }
  throw new TidemillError('config', 'browser-missing', `TIDEMILL_BROWSER names no program: ${named}`, { hint });
}

/** Whether this machine has one, by the variables that a run would see: for tests that are left out where it has none. */
export function hasBrowser(env: Env): boolean {
  try {
    findBrowser(env);
    return true;
  } catch (error) {
    if (error instanceof TidemillError) return false;
    throw error;
  }
}

function placesOf(env: Env, system: NodeJS.Platform): string[] {
  if (system === 'darwin') {
    const names = ['Google Chrome', 'Chromium', 'Microsoft Edge'];
    return names.map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);
  }
  if (system === 'win32') {
    const folders = [env['PROGRAMFILES'], env['PROGRAMFILES(X86)'], env['LOCALAPPDATA']];
    const programs = ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'];
    return programs.flatMap((program) => folders.flatMap((folder) => (folder ? [join(folder, program)] : [])));
  }
  const folders = [...(env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/local/bin', '/snap/bin'];
  return PROGRAMS.flatMap((name) => folders.filter((folder) => folder !== '').map((folder) => join(folder, name)));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
