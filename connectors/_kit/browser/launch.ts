/** Starts a browser that nobody sees, with nothing of the person or the machine in it. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import type { Browser } from 'playwright-core';
import { findBrowser } from './find-browser.ts';
import type { HostRules } from './hosts.ts';

const FOLDER = 'tidemill-browser-';
const DAY_MS = 86_400_000;

/** The most memory that scripts of a page may take, in MiB: a page that takes more is ended, not the machine. */
const SCRIPT_MEMORY_MIB = 1024;

/** What the program needs of the environment; nothing else of it, as it may hold secrets of any service. */
const PASSED_ON =
  /^(PATH|TMPDIR|TEMP|TMP|LANG|LC_\w+|TZ|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|XDG_RUNTIME_DIR|FONTCONFIG_\w+|SYSTEMROOT|WINDIR|COMSPEC)$/i;

export interface Launching {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly rules: HostRules;
  readonly now: Date;
  /** `person`: in a window. */
  readonly for: 'run' | 'person';
  /** Told where something is not as it should be. */
  said(line: string): void;
}

export interface Launched {
  readonly browser: Browser;
  /** Ends the program and all that it has left; may be called twice. */
  close(): Promise<void>;
}

/** Throws kind `config`: `browser-missing`, `browser-start`. */
export async function launch(launching: Launching): Promise<Launched> {
  const program = findBrowser(launching.env);
  await removeOldFolders(launching.now);
  const folder = await mkdtemp(join(tmpdir(), FOLDER));
  try {
    const browser = await start(program, folder, launching);
    return {
      browser,
      close: async () => {
        await browser.close().catch(() => undefined);
        await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      },
    };
  } catch (thrown) {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    throw thrown;
  }
}

/** With the sandbox that keeps pages from the machine; where there can be none, without it, and that is told. */
async function start(program: string, folder: string, launching: Launching): Promise<Browser> {
  // Chromium refuses it to root, as which containers run.
  const isRoot = userInfo().uid === 0;
  if (!isRoot) {
    try {
      return await startWith(program, folder, launching, 'sandbox');
    } catch (thrown) {
      if (!String(thrown).includes('sandboxing failed')) throw notStarted(program, thrown);
    }
  }
  const why = isRoot ? 'it is run by root' : 'this system does not allow one';
  launching.said(`the browser runs without its sandbox: ${why}`);
  return startWith(program, folder, launching, 'no sandbox').catch((thrown: unknown) => {
    throw notStarted(program, thrown);
  });
}

async function startWith(
  program: string,
  folder: string,
  { env, rules, for: whom }: Launching,
  sandbox: 'sandbox' | 'no sandbox',
): Promise<Browser> {
  // Half a second: only when a browser is needed.
  const { chromium } = await import('playwright-core');
  const passedOn = Object.entries(env).filter(([name]) => PASSED_ON.test(name));
  return chromium.launch({
    executablePath: program,
    headless: whom === 'run',
    chromiumSandbox: sandbox === 'sandbox',
    downloadsPath: folder,
    artifactsDir: folder,
    env: { ...Object.fromEntries(passedOn), HOME: folder },
    // It is the run that is stopped, and the browser with it.
    ...{ handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false },
    args: [
      `--host-resolver-rules=${rules.resolverRules}`,
      // A proxy would ask for names itself, and know nothing of these rules.
      '--no-proxy-server',
      '--disable-quic',
      `--js-flags=--max-old-space-size=${SCRIPT_MEMORY_MIB}`,
    ],
  });
}

/** Those of runs that were killed: none lasts a day. */
async function removeOldFolders(now: Date): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(FOLDER)) continue;
    const folder = join(tmpdir(), name);
    const changed = await stat(folder).then(
      ({ mtimeMs }) => mtimeMs,
      () => now.getTime(),
    );
    // Of another user, perhaps.
    if (now.getTime() - changed > DAY_MS) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** What the program says of itself may be long, and is looked at by starting it by hand. */
const notStarted = (program: string, thrown: unknown): TidemillError =>
  new TidemillError('config', 'browser-start', `${program} does not start: ${String(thrown).split('\n')[0]}`, {
    hint: 'Start it by hand with `--headless --dump-dom about:blank`, or name another one in TIDEMILL_BROWSER.',
  });
