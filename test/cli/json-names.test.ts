import { expect, it } from 'vitest';
import { configOf, project } from './project.ts';

/** Keys below these are data: ids, names of warehouses, of headers. */
const OF_DATA = new Set(['targets', 'warehouses', 'headers']);

function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...(OF_DATA.has(name) ? [] : namesIn(inner))]);
}

it('every name in a document of --json is in snake_case', async () => {
  const hourly = { cron: '0 * * * *', columns: { a: 'integer' }, prints: [{ a: 1 }, { a: 'x' }] };
  const broken = { cron: '0 * * * *', command: 'echo no >&2; exit 75' };
  const here = await project({ 'ingestion-config.yaml': configOf({ hourly, broken }) });
  const span = ['--from', '2026-11-20T00:00:00Z', '--to', '2026-11-20T02:00:00Z', '--reason', 'x'];
  await here.run(['tick'], { now: '2026-11-21T06:30:00Z' });
  const commands = [
    ['plan'],
    ['tick'],
    ['run', 'hourly', 'broken'],
    ['status'],
    ['status', 'hourly'],
    ['report'],
    ['validate'],
    ['doctor'],
    ['auth'],
    ['gc'],
    ['backfill', 'hourly', ...span],
    ['replay', 'hourly', '--reason', 'x'],
    ['pause', 'hourly', '--reason', 'x'],
    ['reset', 'hourly', '--reason', 'x', '--yes'],
    ['tables'],
    ['tables', 'example.hourly'],
    ['query', 'SELECT 1'],
    ['setup'],
    ['nonsense'],
  ];
  for (const command of commands) {
    const document = (await here.run([...command, '--json'], { now: '2026-11-21T08:10:00Z' })).json();
    const odd = namesIn(document).filter((name) => !/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name));
    expect([command[0], odd]).toEqual([command[0], []]);
  }
});
