import { dirname, join } from 'node:path';
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
    hint: 'Say it: GITHUB_REPOSITORY=OWNER/NAME, or --set-secrets OWNER/NAME',
  });
}

function originOf(host: Host): string | undefined {
  for (let folder = host.cwd; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, '.git', 'config');
    if (!host.isFile(file)) continue;
    const [, origin = ''] = host.readFile(file).split(/^\s*\[remote "origin"\]\s*$/m);
    return REMOTE.exec(origin.split(/^\s*\[/m)[0] ?? '')?.[1];
  }
  return undefined;
}
