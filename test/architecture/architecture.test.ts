import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeRules } from './code-rules.ts';
import { documentRules } from './document-rules.ts';
import { driverRules } from './driver-rules.ts';
import { folderRules } from './folder-rules.ts';
import { importRules } from './import-rules.ts';
import { packageRules } from './package-rules.ts';
import { testRules } from './test-rules.ts';
import { readTree } from './tree.ts';

const project = await readTree(join(import.meta.dirname, '../..'));

describe.each([
  ...importRules,
  ...packageRules,
  ...folderRules,
  ...codeRules,
  ...driverRules,
  ...testRules,
  ...documentRules,
])('$rule', ({ violations, because, broken }) => {
  it('holds', () => {
    expect(violations(project), because).toEqual([]);
  });

  it.each(
    broken.map((files) => [Object.entries(files).join(' | ').replaceAll('\n', ' ').slice(0, 120), files] as const),
  )('is broken by %s', (_, files) => {
    expect(violations(new Map(Object.entries(files)))).not.toEqual([]);
  });
});

describe('the rules look at', () => {
  it('the whole project', () => {
    const paths = [...project.keys()];
    for (const known of [
      'orchestrator/run/pipeline.ts',
      'connectors/_kit/rows.ts',
      'scripts/generate.ts',
      'README.md',
    ]) {
      expect(paths).toContain(known);
    }
    expect(paths.filter((path) => path.includes('node_modules'))).toEqual([]);
  });
});
