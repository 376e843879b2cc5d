import { describe, expect, it } from 'vitest';
import { Masker } from './masker.ts';

const hidden = (secret: string, text: string): string => {
  const masker = new Masker();
  masker.add(secret);
  return masker.mask(text);
};

describe('a secret is hidden', () => {
  it.each([
    ['as it is, without blanks around it', ' hunter2 \n', 'is hunter2!', 'is ***!'],
    ['of one character as well', '1', '{"a":10}', '{"a":***0}'],
    ['line by line, each without blanks around it', '{\r\n  "a": 1,\n}\n', '[{}, {"a": 1}]', '[***, ***"a": 1***]'],
    ['in base64', 'shop', 'c2hvcA==', '***'],
    ['in the base64 of a text that ends with it', 'hunter2', btoa('u:hunter2'), 'dTpo***'],
    ['in JSON', 'a"b\\c', '"a\\"b\\\\c"', '"***"'],
    ['in an address', 'a b(c)', '?q=a%20b%28c%29', '?q=***'],
    ['in XML', "<a'b>", '&lt;a&apos;b&gt;', '***'],
    ['in a text of an expression', "it's", "'it''s'", "'***'"],
    ['without the quotes around it', '"quoted text"', 'a quoted text', 'a ***'],
    // Of the runner's own tests: src/Test/L0/HostContextL0.cs.
    ['by PowerShell', 'secret+secret&secret', 'secret+secret&\x1b[96msecret\x1b[0m', '***\x1b[96m***\x1b[0m'],
    ['and by its plus', 'secret&+secret&secret', 'secret&+\x1b[96ms\x1b[0mecret&secret', '***\x1b[96ms\x1b[0m***'],
    ['once where finds touch', 'aba', 'xababay', 'x***y'],
  ])('%s', (_, secret, text, shown) => {
    expect(hidden(secret, text)).toBe(shown);
  });

  it('and an empty one hides nothing', () => {
    expect(hidden('\n \n', 'a b')).toBe('a b');
  });
});
