import fc from 'fast-check';
import { expect, it } from 'vitest';
import { footerStart, lengthOf, requestsFor, type Span } from './chunks.ts';

const span = fc
  .tuple(fc.nat(2_000), fc.integer({ min: 1, max: 300 }))
  .map(([from, length]) => ({ from, to: from + length }));

it('fetches every byte that is needed, in requests that are further from each other than a request costs', () => {
  const property = fc.property(fc.array(span, { maxLength: 20 }), fc.nat(200), (spans: Span[], gap) => {
    const requests = requestsFor(spans, gap);
    for (const { from, to } of spans) expect(requests.some((one) => one.from <= from && to <= one.to)).toBe(true);
    for (const [index, { from }] of requests.entries()) {
      const before = requests[index - 1];
      if (before !== undefined) expect(from).toBeGreaterThan(before.to + gap);
    }
    // Nothing at the edges that nobody needs.
    for (const one of requests) {
      expect(spans.some(({ from }) => from === one.from)).toBe(true);
      expect(spans.some(({ to }) => to === one.to)).toBe(true);
    }
  });
  fc.assert(property, { seed: 20261129 });
});

it('counts the bytes of spans', () => {
  expect(lengthOf([])).toBe(0);
  expect(
    lengthOf([
      { from: 4, to: 10 },
      { from: 20, to: 21 },
    ]),
  ).toBe(7);
});

const tail = (footerBytes: number, magic = 'PAR1'): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footerBytes);
  return Buffer.concat([Buffer.from('the footer'), length, Buffer.from(magic)]);
};

it('finds the footer at the end of a file, and none where there cannot be one', () => {
  expect(footerStart(tail(100), 1_000)).toBe(892);
  expect(footerStart(tail(988), 1_000)).toBe(4);
  expect(footerStart(tail(989), 1_000)).toBeUndefined();
  expect(footerStart(tail(100, 'PARE'), 1_000)).toBeUndefined();
  expect(footerStart(Buffer.from('PAR1'), 1_000)).toBeUndefined();
});
