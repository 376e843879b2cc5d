/** What act checks out is a commit, whose number is the name of a bundle. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** To the main branch, which is made unless it is there. */
export async function commitAll(folder: string): Promise<void> {
  const git = (...args: string[]) => promisify(execFile)('git', args, { cwd: folder });
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '--all');
  const person = ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@example.com'];
  await git(...person, 'commit', '--quiet', '--message', 'Configure');
}
