/** What a bundle of the project has in it, and what stays outside. Pure. */
import { isBuiltin } from 'node:module';
import { namesIn, nativeIn, type Packages, workspacesIn } from './lockfile.ts';

export interface Contents {
  /** Our packages that a machine with the bundle need not install. */
  readonly bundled: readonly string[];
  /** Whether an import of this name is left as it is, to be found in the project's `node_modules` when it runs. */
  readonly isOutside: (specifier: string) => boolean;
}

/**
 * What only a person needs, to sign in, to begin or to test, runs on no machine of the fleet; and what makes the bundle, in none. Programs
 * that commands start are installed, for a shell finds them by their names.
 */
const APART = /-sign-in$|^create-|^@tidemill\/(?:bundle|taps|testing)$/;

/** Throws for a package with native code that would not be found from the bundle. */
export function contentsOf(packages: Packages): Contents {
  const native = nativeIn(packages);
  const names = namesIn(packages);
  const ours = [...workspacesIn(packages)];
  const bundled = ours.filter(([name, folder]) => !APART.test(name) && !native.has(folder)).map(([name]) => name);
  const [hidden] = [...native].filter((place) => /.node_modules\//.test(place) && packages[place]?.dev !== true);
  if (hidden !== undefined)
    throw new Error(`${hidden} has native code, and a bundle only finds what lies in node_modules itself`);
  return {
    bundled: bundled.sort(),
    isOutside: (specifier) => {
      const name = packageOf(specifier);
      if (name === undefined || isBuiltin(specifier)) return false;
      if (ours.some(([own]) => own === name)) return APART.test(name);
      // What nobody installs is asked for in vain today, too: libraries try some names and go on.
      return native.has(`node_modules/${name}`) || !names.has(name);
    },
  };
}

/** The name of the package in an import; undefined for a path. */
function packageOf(specifier: string): string | undefined {
  return /^(@[^/]+\/[^/]+|[^@./#][^/]*)/.exec(specifier)?.[1];
}
