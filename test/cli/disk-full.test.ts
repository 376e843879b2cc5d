/**
 * No room on the disk of a local bucket or warehouse. The limit of a process's file sizes stands for it: it fails the
 * same writes at the same places, and needs no disk of its own.
 */
import { describe, expect, it } from 'vitest';
import { openLocalBucket } from '../../orchestrator/storage/local/driver.ts';
import { LEG, manifestsIn, PEOPLE, SLOT, silverOf, startLeg, stateOf } from './legs.ts';
import { configOf, type Project, project } from './project.ts';
import { contentsOf } from './stores.ts';

const RECORDS = 2000;

/** Prints records of half a kilobyte each, which a compressor makes small or not. */
const source = (name: string): readonly string[] => [
  process.execPath,
  '--eval',
  `const { createHash } = require('node:crypto');
   for (let id = 0; id < ${RECORDS}; id += 1) console.log(JSON.stringify({ id, name: ${name} }));`,
];
const DENSE = source(
  "Array.from({ length: 8 }, (_, n) => createHash('sha256').update(id + '-' + n).digest('hex')).join('')",
);
const AIRY = source("'x'.repeat(512)");

const KIB = 1024;

interface Full {
  readonly what: string;
  readonly command: readonly string[];
  /** The longest file that still fits. */
  readonly room: number;
  /** As the message begins. */
  readonly says: string;
  /** Packages that wait in bronze for the next run. */
  readonly waiting: number;
}

const FULL: readonly Full[] = [
  { what: 'the state', command: AIRY, room: 0, says: 'No space left for the bucket', waiting: 0 },
  { what: 'bronze', command: DENSE, room: 200 * KIB, says: 'No space left for the bucket', waiting: 0 },
  { what: 'the warehouse', command: AIRY, room: 200 * KIB, says: 'No space left for the warehouse', waiting: 1 },
];

describe.runIf(process.platform === 'linux').each(FULL)('no room for $what', ({ command, room, says, waiting }) => {
  const bucketOf = (here: Project) => openLocalBucket(here.path('.tidemill/local/bucket'));

  it('is said in so many words, and the next run goes on from there', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ people: { ...PEOPLE, command } }) });
    const { exit, stdout, stderr } = await startLeg(here, {}, { maxFileBytes: room }).ended;
    expect([exit, stdout]).toEqual([2, expect.stringContaining('"disk-full"')]);
    expect(stdout + stderr).toContain(says);
    expect(stdout + stderr).toContain('you: correct the configuration');
    expect(stdout + stderr).not.toMatch(/^\s+at /m);
    const left = await contentsOf(bucketOf(here));
    expect(manifestsIn(left)).toHaveLength(waiting);
    expect((await stateOf(bucketOf(here)))?.targets['main']?.pending ?? []).toHaveLength(waiting);
    const next = await here.run(LEG, { now: '2026-11-21T06:40:00Z' });
    expect(next.json().results).toMatchObject([{ result: 'done', totals: { inserted: RECORDS } }]);
    expect(await silverOf(here)).toHaveLength(RECORDS);
    expect(manifestsIn(await contentsOf(bucketOf(here)))).toHaveLength(1);
    const state = await stateOf(bucketOf(here));
    expect(state).toMatchObject({ targets: { main: { pending: [] } }, recent: [{ slot: SLOT, outcome: 'done' }] });
  });
});
