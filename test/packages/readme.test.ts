/** The README, typed into a shell by somebody who has npm and git: from nothing to a repository that could be pushed. */
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { follow, type Otherwise, type Reader } from '../documents/follow.ts';
import { ANSWER, startOrganisation } from '../documents/organisation.ts';
import { stepsOf } from '../documents/steps.ts';
import { emptyFolder } from './folder.ts';

const OTHERWISE: Otherwise = {
  'gh repo create my-data --private --source . --push': 'needs an account at GitHub',
  'npx tidemill setup --environment dev': 'needs accounts; test/cli/setup-walk.test.ts tries it on fakes',
};
const GIT = { name: 'Ada', email: 'ada@example.org' };

/** Who keeps to the folder that the last `cd` has led to. */
function newcomer(): Reader {
  const here = emptyFolder();
  let at = '.';
  const env = Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((who) => [
      [`GIT_${who}_NAME`, GIT.name],
      [`GIT_${who}_EMAIL`, GIT.email],
    ]),
  );
  return {
    read: (file) => here.read(join(at, file)),
    write: (file, text) => here.write(join(at, file), text),
    type: (line) => {
      if (line.startsWith('cd ')) at = line.slice(3);
      mkdirSync(here.path(at), { recursive: true });
      return here.done(['sh', '-c', `cd ${at}\n${line.startsWith('cd ') ? 'true' : line}`], env);
    },
  };
}

it('leads from nothing to a table of one’s own, and to a repository to push', async () => {
  const github = await startOrganisation();
  const reader = newcomer();
  const steps = stepsOf(await readFile(new URL('../../README.md', import.meta.url), 'utf8'));
  const followed = await follow(reader, steps, OTHERWISE, github.edited);
  expect(followed.find(({ line }) => line.includes(' query '))?.said).toMatch(ANSWER);
  expect(await reader.type('git status --porcelain')).toBe('');
  expect(await reader.type('npx tidemill doctor --environment local')).toContain('ok    github');
  expect(await reader.type('ls node_modules/@tidemill')).toMatch(/storage-gcs[\s\S]*warehouse-lake/);
  await github.close();
});
