import { describe, expect, it } from 'vitest';
import { codeOf, literal, partsAt, withoutComments } from './scan.ts';

describe('a source text', () => {
  it('without comments keeps its lines, and what only looks like a comment', () => {
    const text = "a(); // one 'quote\n/* two\n lines */ const url = 'https://x'; // three\nconst r = /[/]\\/*'/;";
    expect(withoutComments(text)).toBe("a(); \n\n const url = 'https://x'; \nconst r = /[/]\\/*'/;");
  });

  it('is code without what its strings say', () => {
    expect(codeOf('const a = \'process.env\' + "Date.now()";')).toBe('const a = \'\' + "";');
    expect(codeOf('f(/process.exit/);')).toBe('f();');
    expect(codeOf('const half = a / b; process.exit(c / d);')).toBe('const half = a / b; process.exit(c / d);');
  });

  it('is code in the holes of its templates', () => {
    expect(codeOf('say(`at ${new Date()} in ${`deep ${Date.now()}`}`);')).toContain('new Date()');
    expect(codeOf('say(`at ${new Date()} in ${`deep ${Date.now()}`}`);')).toContain('Date.now()');
    expect(codeOf('say(`process.exit`);')).toBe('say(``);');
  });
});

describe('the parts between brackets', () => {
  it('end at commas of their own', () => {
    const text = "f(a, g(b, c), [d, e], { h: 'i, )', j }, `k, ${l(m, n)}`) + o";
    expect(partsAt(text, 1)).toEqual(['a', 'g(b, c)', '[d, e]', "{ h: 'i, )', j }", '`k, ${l(m, n)}`']);
  });

  it('are none where nothing stands', () => {
    expect(partsAt('f()', 1)).toEqual([]);
  });
});

it.each([
  ["'it\\'s'", "it's"],
  ['"a"', 'a'],
  ['`no ${x} here`', 'no … here'],
  ['`${a}${b}`', '…'],
  ["'a' + b", undefined],
  ['name', undefined],
  [undefined, undefined],
])('the literal %s says %s', (expression, says) => {
  expect(literal(expression)).toBe(says);
});
