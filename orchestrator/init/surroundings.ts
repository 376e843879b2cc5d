/** What lies around a new repository that would keep it from running at GitHub, as notes. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Of others than npm. */
const LOCKFILES = ['pnpm-lock.yaml', 'yarn.lock', 'bun.lock', 'bun.lockb'];

export function notesOn(root: string): string[] {
  const top = repositoryAround(root);
  const lockfile = LOCKFILES.find((name) => existsSync(join(root, name)));
  return [
    ...(top === undefined
      ? []
      : [
          `this is a folder of the repository ${top}, and GitHub starts no workflow but those in .github at its top: give this one a repository of its own`,
        ]),
    ...(lockfile === undefined
      ? []
      : [
          `there is a ${lockfile}, and the workflows install by \`npm ci\`: commit the package-lock.json that \`npm install\` makes beside it`,
        ]),
  ];
}

/** The repository of git that a folder is in, and not the top of. */
function repositoryAround(root: string): string | undefined {
  let folder = root;
  while (!existsSync(join(folder, '.git'))) {
    if (folder === dirname(folder)) return undefined;
    folder = dirname(folder);
  }
  return folder === root ? undefined : folder;
}
