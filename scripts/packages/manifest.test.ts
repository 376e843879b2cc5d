import { expect, it } from 'vitest';
import { publishedManifest } from './manifest.ts';

const facts = { engines: { node: '>=24', npm: '>=10' }, repository: undefined };

it('a published manifest exports code with its declarations, and what other packages of ours import', () => {
  const manifest = {
    ...{ name: '@tidemill/x', version: '0.2.0', private: true, exports: './index.ts' },
    devDependencies: { '@types/x': '1' },
  };
  const published = publishedManifest(manifest, { ...facts, reached: new Set(['b/c.js']), imports: new Set() });
  expect(JSON.parse(published)).toEqual({
    name: '@tidemill/x',
    version: '0.2.0',
    exports: {
      '.': { types: './index.d.ts', default: './index.js' },
      './b/c.js': { types: './b/c.d.ts', default: './b/c.js' },
      './package.json': './package.json',
    },
    engines: { node: '>=24' },
    publishConfig: { access: 'public' },
  });
});

it('what a package imports by a path and does not depend on, it wants beside itself in the same version', () => {
  const manifest = {
    ...{ name: '@tidemill/storage-x', version: '0.2.0' },
    exports: { '.': './driver.ts', './*': './*.ts' },
    dependencies: { '@tidemill/kit': '0.2.0' },
  };
  const imports = new Set(['tidemill', '@tidemill/kit']);
  const published = publishedManifest(manifest, { ...facts, repository: 'o/n', reached: new Set(), imports });
  expect(JSON.parse(published)).toMatchObject({
    exports: { './*': { types: './*.d.ts', default: './*.js' } },
    repository: { type: 'git', url: 'git+https://github.com/o/n.git' },
    dependencies: { '@tidemill/kit': '0.2.0' },
    peerDependencies: { tidemill: '0.2.0' },
  });
});

it('a package says only when it is published which files, dependencies and peers it has', () => {
  const manifest = {
    ...{ name: '@tidemill/x', version: '0.2.0', files: ['x.ts'] },
    dependencies: { '@tidemill/kit': '0.2.0' },
    publishConfig: { dependencies: { 'fast-check': '^4.0.0' }, peerDependencies: { vitest: '^5.0.0' } },
  };
  const imports = new Set(['tidemill']);
  const published = JSON.parse(publishedManifest(manifest, { ...facts, reached: new Set(), imports }));
  expect(published).toMatchObject({ peerDependencies: { vitest: '^5.0.0', tidemill: '0.2.0' } });
  expect(published.dependencies).toEqual({ '@tidemill/kit': '0.2.0', 'fast-check': '^4.0.0' });
  expect(published).toMatchObject({ publishConfig: { access: 'public' } });
  expect(published).not.toHaveProperty('files');
});
