import { expect, it } from 'vitest';
import { promiseTable } from './promise-table.ts';
import { promises } from './service-promises.ts';

const cell = { service: 'bank', stream: 'accounts', promise: promises.news, reason: undefined, isKept: true };

it('says of every promise which services keep it, and why one cannot', () => {
  const reason = 'The bank forgets what it deleted.';
  const table = promiseTable([
    cell,
    { ...cell, stream: 'cards' },
    { ...cell, promise: promises.deleted, reason },
    { ...cell, stream: 'cards', promise: promises.deleted },
    { ...cell, service: 'shop', promise: promises.late, isKept: false },
  ]);
  const lines = table.split('\n');
  expect(lines[0]).toBe('| promise | bank | shop |');
  expect(lines).toContain(`| ${promises.news} | kept | — |`);
  expect(lines).toContain(`| ${promises.deleted} | kept by 1 of 2 | — |`);
  expect(lines).toContain(`| ${promises.late} | — | BROKEN |`);
  expect(lines).toContain(`- bank, accounts: cannot keep “${promises.deleted}”: ${reason}`);
  expect(lines.filter((line) => line.startsWith('| '))).toHaveLength(1 + Object.keys(promises).length);
});
