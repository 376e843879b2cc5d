/** What of a repository that is there stands in Tidemill's way, or must be known beside it. Pure. */
import { TidemillError } from '@tidemill/kit';

export interface Beside {
  /** Names in its folder. */
  readonly names: readonly string[];
  /** Undefined where there is none of it, as for the others. */
  readonly packageText: string | undefined;
  readonly npmrc: string | undefined;
  readonly gitignore: string | undefined;
}

const LOCK_FILES: Readonly<Record<string, string>> = {
  'pnpm-lock.yaml': 'pnpm',
  'yarn.lock': 'yarn',
  'bun.lock': 'bun',
  'bun.lockb': 'bun',
};

/** What `npm ci` installs by. */
const OF_NPM = ['package-lock.json', 'npm-shrinkwrap.json'];

/** Throws `init-package-manager` where another one than npm installs, and npm has nothing to go by. */
export function checkManager({ names, packageText = '{}' }: Beside): void {
  if (names.some((name) => OF_NPM.includes(name))) return;
  const lock = names.find((name) => LOCK_FILES[name] !== undefined);
  const [, said] = /"packageManager"\s*:\s*"(\w+)@/.exec(packageText) ?? [];
  const manager = lock === undefined ? said : LOCK_FILES[lock];
  if (manager === undefined || manager === 'npm') return;
  const message = `${manager} installs the packages of this repository, and GitHub’s machines install Tidemill by npm’s package-lock.json`;
  throw new TidemillError('config', 'init-package-manager', message, {
    hint: 'Give it a repository of its own: npm create tidemill my-data. Or, where npm can install this one, too: npm install --package-lock-only, then this again. Nothing was written.',
  });
}

/** Sentences without their full stops. */
export function notesBeside({ npmrc = '', gitignore = '', packageText }: Beside): string[] {
  const lost = 'and GitHub’s machines install nothing without it: take that line out';
  return [
    ...(/^\s*package-lock\s*=\s*false\s*$/m.test(npmrc) ? [`.npmrc has npm write no package-lock.json, ${lost}`] : []),
    ...(/^\s*\/?package-lock\.json\s*$/m.test(gitignore) ? [`.gitignore leaves package-lock.json out, ${lost}`] : []),
    ...(packageText === undefined || !isPublished(packageText)
      ? []
      : [
          'package.json is not private: whoever installs this package would get Tidemill with it. A repository of its own spares them that: npm create tidemill my-data',
        ]),
  ];
}

/** As npm sees it: with a name and a version, and without a word against it. */
function isPublished(text: string): boolean {
  const { name, version, private: isPrivate } = JSON.parse(text.replace(/^\uFEFF/, '')) as Record<string, unknown>;
  return name !== undefined && version !== undefined && isPrivate !== true;
}

/** A README in any spelling: where letters of both cases are one, ours would be it. */
export const readmeAmong = (names: readonly string[]): string | undefined =>
  names.find((name) => name === 'README.md') ?? names.find((name) => /^readme(\.\w+)?$/i.test(name));

/** A .gitignore with the lines that it lacks, at its end. */
export function ignoring(before: string, wanted: string): string {
  const has = new Set(before.split(/\r?\n/).map(patternOf));
  const missing = wanted.split('\n').filter((line) => line !== '' && !has.has(patternOf(line)));
  if (missing.length === 0) return before;
  const end = before.includes('\r\n') ? '\r\n' : '\n';
  const start = before === '' || before.endsWith('\n') ? before : `${before}${end}`;
  return `${start}${missing.map((line) => `${line}${end}`).join('')}`;
}

/** `/node_modules`, `node_modules/` and `node_modules` leave out the same here. */
const patternOf = (line: string): string => line.trim().replace(/^\//, '').replace(/\/$/, '');
