import { TidemillError } from '@tidemill/kit/errors';
import { checkKey } from '../keys.ts';

export interface Location {
  /** The bucket's name. */
  readonly name: string;
  /** Without a slash at the end. */
  readonly url: string;
  /** What a key is called in the store. Throws a TidemillError when it can be no key. */
  toName(key: string): string;
  /** What every name in the store that begins with the prefix of a key begins with. */
  toNames(prefix: string): string;
  /** The key of something whose name came from the store. */
  toKey(name: string): string;
}

/** Reads `scheme://NAME[/PREFIX]`: with a prefix, a part of a bucket is a bucket. */
export function parseLocation(scheme: string, location: string): Location {
  const [, name = '', path = ''] =
    new RegExp(`^${scheme}://([a-z0-9][a-z0-9._-]{1,220}[a-z0-9])(/.*)?$`).exec(location) ?? [];
  const folder = path.replace(/^\/|\/$/g, '');
  if (name === '' || (folder !== '' && !isKey(folder))) throw notALocation(scheme, location);
  const before = folder === '' ? '' : `${folder}/`;
  return {
    name,
    url: `${scheme}://${name}${folder === '' ? '' : `/${folder}`}`,
    toName: (key) => before + checkKey(key),
    toNames: (prefix) => before + prefix,
    toKey: (named) => named.slice(before.length),
  };
}

function isKey(text: string): boolean {
  try {
    return checkKey(text) === text;
  } catch {
    return false;
  }
}

function notALocation(scheme: string, location: string): TidemillError {
  return new TidemillError('config', 'bucket-location', `"${location}" is not the location of a bucket`, {
    hint: `Write ${scheme}://NAME or ${scheme}://NAME/PREFIX; a name has 3 to 222 lower-case letters, digits, "-", "_" and ".".`,
  });
}
