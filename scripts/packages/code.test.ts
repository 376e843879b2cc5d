import { describe, expect, it } from 'vitest';
import { asJavaScript, asPublished, withImports } from './code.ts';

it('the code of a package has its lines and columns where the source has them', () => {
  const source = "import { type A, b } from './b.ts';\n\nexport const c = (a: A): string => b(a);\n";
  expect(asJavaScript(source)).toBe(
    "import {         b } from './b.ts';\n\nexport const c = (a   )         => b(a);\n",
  );
});

it('a file of types alone is a module all the same', () => {
  expect(asJavaScript('export interface A {}\n')).toBe('export {};\n');
});

it.each([
  ['a.ts', 'a.js'],
  ['a/b.mjs', 'a/b.mjs'],
  ['a.d.ts', 'a.d.ts'],
  ['page.css', 'page.css'],
])('%s is published as %s', (path, published) => {
  expect(asPublished(path)).toBe(published);
});

describe('an import', () => {
  const places = {
    'core/a.ts': { package: 'core', path: 'a.js' },
    'core/b.ts': { package: 'core', path: 'b.js' },
    'core/driver/c.ts': { package: 'driver', path: 'c.js' },
    'core/package.json': { package: 'core', path: 'package.json' },
  };
  const rewritten = (text: string, path = 'core/driver/c.ts') =>
    withImports(text, path, (at) => places[at as keyof typeof places]);

  it.each([
    ["import { a } from './b.ts';", "import { a } from './b.js';"],
    ["export * from './b.ts';", "export * from './b.js';"],
    ["const a = await import('./b.ts');", "const a = await import('./b.js');"],
    ["type A = import('./b.ts').A;", "type A = import('./b.js').A;"],
    ['type A = import("./b.ts").A;', 'type A = import("./b.js").A;'],
    ["import x from './package.json' with { type: 'json' };", "import x from './package.json' with { type: 'json' };"],
    ["import { z } from 'zod';", "import { z } from 'zod';"],
  ])('of the same package stays one of a path: %s', (text, expected) => {
    expect(rewritten(text, 'core/a.ts')).toEqual({ text: expected, reached: [] });
  });

  it('of another package names that, which is told', () => {
    expect(rewritten("import { a } from '../a.ts';\nimport '../b.ts';")).toEqual({
      text: "import { a } from 'core/a.js';\nimport 'core/b.js';",
      reached: [places['core/a.ts'], places['core/b.ts']],
    });
  });

  it('of another package as a declaration of the compiler writes it names that, too', () => {
    expect(rewritten('type A = import("../a.ts").A;').text).toBe('type A = import("core/a.js").A;');
  });

  it('of what nobody publishes is a fault', () => {
    expect(() => rewritten("import { a } from '../a.test.ts';")).toThrow(
      'core/driver/c.ts imports core/a.test.ts, which no package has',
    );
  });
});
