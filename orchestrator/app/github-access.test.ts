import { expect, it } from 'vitest';
import { apiUrlOf } from './github-access.ts';

it.each([
  [{}, 'https://api.github.com'],
  [{ GH_HOST: 'github.com' }, 'https://api.github.com'],
  [{ GH_HOST: 'octocorp.ghe.com' }, 'https://api.octocorp.ghe.com'],
  [{ GH_HOST: 'git.example.com' }, 'https://git.example.com/api/v3'],
  [{ GH_HOST: 'git.example.com', GITHUB_API_URL: 'http://127.0.0.1:1' }, 'http://127.0.0.1:1'],
])('GitHub is asked where the shell says that it is: %j', (env, url) => {
  expect(apiUrlOf({ env })).toBe(url);
});
