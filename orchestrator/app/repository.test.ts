import { expect, it } from 'vitest';
import type { Host } from './host.ts';
import { repositoryOf } from './repository.ts';

const hostWith = (files: Readonly<Record<string, string>>, env: Record<string, string> = {}): Host =>
  ({
    cwd: '/a/b',
    env,
    isFile: (path) => path in files,
    readFile: (path) => files[path] ?? '',
  }) as Partial<Host> as Host;

const config = (url: string): string =>
  `[core]\n\tbare = false\n[remote "other"]\n\turl = git@github.com:else/where.git\n[remote "origin"]\n\turl = ${url}\n\tfetch = +refs\n[branch "x"]\n\turl = z\n`;

it.each([
  ['git@github.com:ada/data.git', 'ada/data'],
  ['https://github.com/ada/data', 'ada/data'],
  ['https://user:token@github.com/ada/my.data.git', 'ada/my.data'],
  ['ssh://git@github.example:2222/ada/data.git', 'ada/data'],
])('reads the origin %s', (url, repository) => {
  expect(repositoryOf(hostWith({ '/a/.git/config': config(url) }), undefined)).toBe(repository);
});

it('takes what was said, then what Actions says, then the origin', () => {
  const host = hostWith(
    { '/a/b/.git/config': config('git@github.com:ada/data.git') },
    { GITHUB_REPOSITORY: 'bob/data' },
  );
  expect([repositoryOf(host, 'eve/data'), repositoryOf(host, undefined)]).toEqual(['eve/data', 'bob/data']);
});

it.each([
  [
    'a submodule',
    { '/a/b/.git': 'gitdir: ../.git/modules/b\n', '/a/.git/modules/b/config': config('git@github.com:ada/b') },
  ],
  [
    'another work tree',
    {
      '/a/b/.git': 'gitdir: /c/.git/worktrees/b\n',
      '/c/.git/worktrees/b/commondir': '../..\n',
      '/c/.git/config': config('git@github.com:ada/b'),
    },
  ],
])('reads the origin of %s, and not of the repository around it', (_, files) => {
  const around = { '/a/.git/config': config('git@github.com:ada/around') };
  expect(repositoryOf(hostWith({ ...around, ...files } as Record<string, string>), undefined)).toBe('ada/b');
  const lost = { ...around, '/a/b/.git': 'gitdir: /nowhere\n' };
  expect(() => repositoryOf(hostWith(lost), undefined)).toThrow('Nobody knows');
});

it.each([{}, { '/a/b/.git/config': config('/srv/git/data.git') }])('says so when nobody knows: %j', (files) => {
  expect(() => repositoryOf(hostWith(files), undefined)).toThrow('Nobody knows which repository this is');
});
