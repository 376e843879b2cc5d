import { dirname, join, resolve } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { type Host, setting } from './host.ts';

/** `git@github.com:owner/name.git`, `https://github.com/owner/name`, and the same at a server of one's own. */
const REMOTE =
  /^\s*url\s*=\s*(?:[^\s@/]+@|\w+:\/\/(?:[^\s@/]+@)?)[^\s:/]+(?::\d+\/|[:/])([\w.-]+\/[\w.-]+?)(?:\.git)?\/?\s*$/m;

/** `owner/name`: as it was given, as Actions says it, or as git's origin has it. Throws kind `config` when nobody knows. */
export function repositoryOf(host: Host, given: string | undefined): string {
  const repository = given ?? setting(host, 'GITHUB_REPOSITORY') ?? originOf(host);
  if (repository !== undefined) return repository;
  throw new TidemillError('config', 'github-repository-unknown', 'Nobody knows which repository this is', {
    hint: 'Say it: GITHUB_REPOSITORY=OWNER/NAME, or as an option of the command',
  });
}

function originOf(host: Host): string | undefined {
  for (let folder = host.cwd; folder !== dirname(folder); folder = dirname(folder)) {
    const file = configIn(host, folder);
    if (file === undefined) continue;
    const [, origin = ''] = (host.isFile(file) ? host.readFile(file) : '').split(/^\s*\[remote "origin"\]\s*$/m);
    return REMOTE.exec(origin.split(/^\s*\[/m)[0] ?? '')?.[1];
  }
  return undefined;
}

/**
 * Where git keeps the configuration of the repository whose top a folder is. A submodule, or another work tree, has a file there that leads to
 * it: whoever passed it by would come to the repository around it. https://git-scm.com/docs/gitrepository-layout
 */
function configIn(host: Host, folder: string): string | undefined {
  const own = join(folder, '.git', 'config');
  if (host.isFile(own)) return own;
  const link = join(folder, '.git');
  if (!host.isFile(link)) return undefined;
  const home = resolve(folder, /^gitdir: (.*)$/m.exec(host.readFile(link))?.[1]?.trim() ?? '');
  const shared = join(home, 'commondir');
  return join(host.isFile(shared) ? resolve(home, host.readFile(shared).trim()) : home, 'config');
}
