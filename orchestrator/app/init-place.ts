/** Where a repository of one's own is to be: a folder that can be one, and the name of its package. */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { PackageName } from '../config/fields.ts';
import { hasSources } from './generate.ts';
import type { Host } from './host.ts';
import { namesIn } from './init-folder.ts';
import { CONFIG_FILE } from './session.ts';

/** Where the repository is to be, and what is there already. */
export interface Place {
  /** Absolute. */
  readonly root: string;
  /** Of the package. */
  readonly name: string;
  /** Whether its configuration is there, which answers every question. */
  readonly isConfigured: boolean;
}

/** Throws a TidemillError of kind `config` where no repository can be. */
export function placeOf(host: Pick<Host, 'cwd'>, folder: string | undefined): Place {
  const root = resolve(host.cwd, folder ?? '.');
  if (hasSources(root)) {
    throw new TidemillError('config', 'init-of-sources', `${root} has the sources of Tidemill`, {
      hint: 'Name a folder that is to be made, elsewhere: npx tidemill init my-data',
    });
  }
  if (folder !== undefined) checkNew(root);
  const name = packageNameOf(root, folder);
  return { root, name, isConfigured: existsSync(join(root, CONFIG_FILE)) };
}

function checkNew(root: string): void {
  const there = namesIn(root).filter((name) => name !== '.git');
  if (there.length === 0) return;
  throw new TidemillError('config', 'init-folder', `${root} is there, and is not empty`, {
    hint: 'Name another folder; or go there and run `npx tidemill init`, which adds to what is there. Nothing was written.',
  });
}

/** Names that npm takes from nobody, or that would be a package which depends on itself. */
const TAKEN = /^(node_modules|favicon\.ico|tidemill|create-tidemill)$/;

function packageNameOf(root: string, folder: string | undefined): string {
  const name = basename(root);
  const isFit = PackageName.safeParse(name).success && !TAKEN.test(name);
  if (isFit) return name;
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9._-]+/g, '-');
  const words = plain.replaceAll(/^[._-]+|[._-]+$/g, '').slice(0, 200);
  const near = words === '' || TAKEN.test(words) ? 'my-data' : words;
  if (folder === undefined) return near;
  throw new TidemillError(
    'config',
    'init-name',
    `No npm package can be called "${name}", and the folder gives it its name`,
    {
      hint: `Did you mean "${near}"? Lower-case letters, digits, "-", "_" and "." make a name.`,
    },
  );
}
