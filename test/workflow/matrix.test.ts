import { describe, expect, it } from 'vitest';
import { expandMatrix } from './matrix.ts';

describe('the rows of a matrix', () => {
  it('are those of the example in GitHub’s documentation', () => {
    const rows = expandMatrix({
      fruit: ['apple', 'pear'],
      animal: ['cat', 'dog'],
      include: [
        { color: 'green' },
        { color: 'pink', animal: 'cat' },
        { fruit: 'apple', shape: 'circle' },
        { fruit: 'banana' },
        { fruit: 'banana', animal: 'cat' },
      ],
    });
    expect(rows).toEqual([
      { fruit: 'apple', animal: 'cat', color: 'pink', shape: 'circle' },
      { fruit: 'apple', animal: 'dog', color: 'green', shape: 'circle' },
      { fruit: 'pear', animal: 'cat', color: 'pink' },
      { fruit: 'pear', animal: 'dog', color: 'green' },
      { fruit: 'banana' },
      { fruit: 'banana', animal: 'cat' },
    ]);
  });

  it('leave out what is excluded, also by a part', () => {
    const rows = expandMatrix({ os: ['a', 'b'], node: [1, 2], exclude: [{ os: 'a', node: 1 }, { os: 'b' }] });
    expect(rows).toEqual([{ os: 'a', node: 2 }]);
  });

  it('are the included ones where there is nothing else', () => {
    expect(expandMatrix({ include: [{ leg: 'a' }, { leg: 'b' }] })).toEqual([{ leg: 'a' }, { leg: 'b' }]);
  });

  it('are never none, and never more than 256', () => {
    expect(() => expandMatrix({ include: [] })).toThrow('at least one vector');
    expect(() => expandMatrix({ os: [] })).toThrow('does not contain any values');
    const include = Array.from({ length: 257 }, (_, leg) => ({ leg }));
    expect(() => expandMatrix({ include })).toThrow('257 rows');
  });
});
