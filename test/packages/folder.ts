/** An empty folder with an empty npm cache, and the registry of `scripts/with-registry`: what somebody has who knows Tidemill's name. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const { TIDEMILL_TEST_REGISTRY = '', TIDEMILL_TEST_PACKAGES = '', PATH = '' } = process.env;

/** The folder with the .tgz of all that was published. */
export const packages = TIDEMILL_TEST_PACKAGES;

export const tarballs: readonly string[] =
  packages === '' ? [] : readdirSync(packages).filter((name) => name.endsWith('.tgz'));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Folder {
  readonly folder: string;
  path(...parts: string[]): string;
  read(file: string): string;
  write(file: string, text: string): void;
  /** Runs a program here, with the Node of this process, and nothing of the user's npm. */
  run(command: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  /** The same; throws what it said where it does not end with 0. Answers its output. */
  done(command: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
}

export function emptyFolder(): Folder {
  const home = mkdtempSync(join(tmpdir(), 'packages-'));
  const folder = join(home, 'here');
  mkdirSync(folder);
  // A registry on this machine is spoken to by nobody else; and who publishes says a name that nobody looks at.
  writeFileSync(
    join(home, '.npmrc'),
    `registry=${TIDEMILL_TEST_REGISTRY}\n${TIDEMILL_TEST_REGISTRY.replace(/^https?:/, '')}:_authToken=somebody\naudit=false\nfund=false\nupdate-notifier=false\n`,
  );
  const own = {
    PATH: [dirname(process.execPath), PATH].join(delimiter),
    HOME: home,
    TMPDIR: tmpdir(),
    npm_config_userconfig: join(home, '.npmrc'),
    npm_config_globalconfig: join(home, 'global.npmrc'),
    npm_config_cache: join(home, 'cache'),
  };
  const path = (...parts: string[]): string => join(folder, ...parts);
  const run: Folder['run'] = async ([program = '', ...args], env) => {
    const options = { cwd: folder, env: { ...own, ...env }, maxBuffer: 2 ** 26 };
    try {
      return { code: 0, ...(await promisify(execFile)(program, args, options)) };
    } catch (thrown) {
      const { code, stdout = '', stderr = '' } = thrown as Partial<Ended>;
      if (typeof code !== 'number') throw thrown;
      return { code, stdout, stderr };
    }
  };
  return {
    folder,
    path,
    read: (file) => readFileSync(path(file), 'utf8'),
    write: (file, text) => {
      mkdirSync(dirname(path(file)), { recursive: true });
      writeFileSync(path(file), text);
    },
    run,
    done: async (command, env) => {
      const { code, stdout, stderr } = await run(command, env);
      if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}\n${stdout}\n${stderr}`);
      return stdout;
    },
  };
}
