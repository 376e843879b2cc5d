import { expect, it } from 'vitest';
import { annotation } from './github.ts';

it('escapes annotations as GitHub wants them', () => {
  const place = { file: 'a,b:c.yaml', line: 3, column: 5 };
  expect(annotation('error', '100 %\r\n::error::x', place)).toBe(
    '::error file=a%2Cb%3Ac.yaml,line=3,col=5::100 %25%0D%0A::error::x\n',
  );
  expect(annotation('notice', 'plain')).toBe('::notice::plain\n');
});
