import { expect, it } from 'vitest';
import { progressText, promiseTable } from './promise-table.ts';
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

it('says of each service that is through what became of it', () => {
  const told = progressText([
    cell,
    { ...cell, promise: promises.deleted, reason: 'The bank forgets what it deleted.' },
    { ...cell, stream: 'cards', isKept: false },
    { ...cell, service: 'shop' },
  ]);
  expect(told).toBe('bank: 1 kept, 1 BROKEN, 1 impossible\nshop: 1 kept\n');
  // A file that tries no service.
  expect(progressText([])).toBe('');
});
