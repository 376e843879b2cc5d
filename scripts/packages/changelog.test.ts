import { describe, expect, it } from 'vitest';
import { type ReleasePlan, sectionOf, versionOf, wanting, withRelease } from './changelog.ts';

const plan = (...changes: readonly ['minor' | 'patch', string][]): ReleasePlan => ({
  changesets: changes.map(([type, summary]) => ({ summary, releases: [{ name: 'tidemill', type }] })),
  releases: ['tidemill', '@tidemill/kit'].map((name) => ({ name, newVersion: '0.3.0' })),
});

const BEFORE = '# Changelog\n\nWhat each brought.\n\n## 0.2.0\n\n### What is new\n\n- Packages.\n';

describe('the changelog', () => {
  it('has the newest version first, and what asks something of people first of all', () => {
    const after = withRelease(BEFORE, plan(['patch', 'Faster.\n\nBy far.'], ['minor', 'Name your buckets.']));
    expect(after).toBe(
      '# Changelog\n\nWhat each brought.\n\n' +
        '## 0.3.0\n\n### What you must do\n\n- Name your buckets.\n\n### What is new\n\n- Faster.\n  \n  By far.\n\n' +
        '## 0.2.0\n\n### What is new\n\n- Packages.\n',
    );
    expect(sectionOf(after, '0.3.0')).toMatch(/^### What you must do\n[\s\S]*By far\.$/);
    expect(sectionOf(after, '0.2.0')).toBe('### What is new\n\n- Packages.');
    expect(sectionOf(after, '0.1.0')).toBe('');
  });

  it('begins with its first version', () => {
    expect(withRelease('# Changelog\n', plan(['patch', 'All of it.']))).toBe(
      '# Changelog\n\n## 0.3.0\n\n### What is new\n\n- All of it.\n\n',
    );
  });
});

it('a release without a change, or of several versions, is none', () => {
  expect(() => versionOf({ changesets: [], releases: [] })).toThrow('npm run changeset');
  const releases = ['0.1.0', '0.2.0'].map((newVersion) => ({ name: newVersion, newVersion }));
  expect(() => versionOf({ changesets: [], releases })).toThrow('0.1.0,0.2.0');
});

it('what wants packages of ours wants them in the new version, and everything else as it was', () => {
  const template =
    '{ "name": "@tidemill/a", "version": "1.0.0", "dependencies": { "@tidemill/kit": "1.0.0", "zod": "1.0.0" },';
  const after = wanting(
    `${template} "devDependencies": { "@tidemill/testing": "1.0.0", "tidemill": "^1.0.0" } }`,
    '1.0.0',
    '2.0.0',
  );
  expect(JSON.parse(after)).toEqual({
    ...{ name: '@tidemill/a', version: '1.0.0', dependencies: { '@tidemill/kit': '2.0.0', zod: '1.0.0' } },
    devDependencies: { '@tidemill/testing': '2.0.0', tidemill: '^1.0.0' },
  });
});
