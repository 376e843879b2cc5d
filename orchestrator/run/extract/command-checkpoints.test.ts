import { writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emission, parseLine } from '@tidemill/kit';
import { describe, expect, it } from 'vitest';
import { jobOf } from '../../../test/fixtures/job.ts';
import { runCommand } from './command.ts';
import { CheckpointLines } from './command-checkpoints.ts';

const folder = await mkdtemp(join(tmpdir(), 'tidemill-checkpoints-'));
const interval = { start: new Date('2026-11-21T05:00:00Z'), end: new Date('2026-11-21T06:00:00Z') };

interface Asked {
  readonly cursor?: string;
  readonly mode?: 'full' | 'backfill';
  readonly job?: object;
  readonly onEmission?: (emission: Emission<string>) => void;
}

/** Runs a Node script as a job's command, with a function `say`; answers records by their values, and what else it said. */
async function run(script: string, { cursor, mode = 'full', job = {}, onEmission = () => undefined }: Asked = {}) {
  const emissions: Emission<string>[] = [];
  let failure: unknown;
  const say = `const say = (text) => process.stdout.write(process.env.TIDEMILL_CHECKPOINT + text + '\\n');`;
  try {
    for await (const emission of runCommand({
      job: jobOf({ id: 'mine', write: 'upsert', primary_key: ['id'], working_directory: folder, ...job }),
      command: [process.execPath, '--eval', `${say} ${script}`],
      ...{ slot: '2026-11-21T06:00:00.000Z', environment: 'local', interval, cursor, mode },
      ...{ env: { PATH: process.env['PATH'] }, signal: new AbortController().signal },
      ...{ notice: () => undefined, said: () => undefined },
    })) {
      emissions.push(emission);
      onEmission(emission);
    }
  } catch (thrown) {
    failure = thrown;
  }
  const told = emissions.map((emission) => ('lines' in emission ? emission.lines.map(parseLine) : emission));
  return { told, failure };
}

const LEAVE = `require('fs').writeFileSync(process.env.TIDEMILL_CURSOR_FILE, 'the end')`;
const THROUGH = '2026-11-21T05:30:00Z';

describe('a checkpoint of a command', () => {
  it('stands behind the records that were printed before it, and is no record', async () => {
    const { told } = await run(
      `const { TIDEMILL_CHECKPOINT: checkpoint } = process.env;
      process.stdout.write('1\\n' + checkpoint + ' cursor page 2\\n2\\n' + checkpoint + ' through ${THROUGH}\\n3\\n')`,
    );
    const through = { through: new Date(THROUGH) };
    expect(told).toEqual([[1, 2], through, { checkpoint: 'page 2' }, [3], { mark: 'page 2', isLast: true }]);
  });

  it('is the last one of those that came together', async () => {
    const { told } = await run(
      `process.stdout.write([1, 2, 3].map((n) => n + '\\n' + process.env.TIDEMILL_CHECKPOINT + ' cursor ' + n + '\\n').join('') + '4\\n')`,
    );
    expect(told).toEqual([[1, 2, 3], { checkpoint: '3' }, [4], { mark: '3', isLast: true }]);
  });

  // An empty past is a way to go, too: https://github.com/singer-io/target-stitch/pull/57
  it.each([
    ['a page is full', 'console.log(1);', [[1]]],
    ['a record comes', '', []],
  ])('is handed on when it comes, not when %s', async (_, print, records) => {
    const seen = join(folder, `seen-${records.length}`);
    const script = `${print} say(' cursor 1');
      const end = Date.now() + 5000;
      const wait = setInterval(() => {
        const isSeen = require('fs').existsSync(${JSON.stringify(seen)});
        if (!isSeen && Date.now() < end) return;
        clearInterval(wait); console.log(isSeen ? 2 : '"too late"'); say(' cursor 2');
      }, 5)`;
    const { told } = await run(script, {
      onEmission: (emission) => {
        if ('checkpoint' in emission) writeFileSync(seen, '');
      },
    });
    expect(told).toEqual([...records, { checkpoint: '1' }, [2], { checkpoint: '2' }, { mark: '2', isLast: true }]);
  });

  it('behind what is no JSON waits for what is', async () => {
    const { told, failure } = await run(
      `console.log('Hello'); say(' cursor 1'); setTimeout(() => say(' cursor 2'), 200)`,
    );
    expect([told, failure]).toMatchObject([[], { code: 'command-output' }]);
  });

  it('covers what a program printed that fails, and nothing behind it is handed on', async () => {
    const { told, failure } = await run(`console.log(1); say(' cursor 1'); console.log(2); process.exitCode = 1`);
    expect([told, failure]).toMatchObject([[[1], { checkpoint: '1' }], { code: 'command-failed' }]);
  });

  it('is a whole line: half of one that a program wrote when it was killed says nothing, and hides no failure', async () => {
    const cut = (line: string, then: string) =>
      run(`process.stdout.write('1\\n' + process.env.TIDEMILL_CHECKPOINT + ' cursor 100\\n2\\n' +
        process.env.TIDEMILL_CHECKPOINT${line}); ${then}`);
    const killed = `process.kill(process.pid, 'SIGKILL')`;
    for (const line of [` + ' cursor 2'`, ` + ' through 2026-11'`, ` + ' cu'`, '.slice(0, 30)', '.slice(0, 9)']) {
      const { told, failure } = await cut(line, killed);
      expect([told, failure], line).toMatchObject([[[1], { checkpoint: '100' }], { code: 'command-failed' }]);
    }
    const { told } = await cut(` + ' cursor 200'`, '');
    expect(told, 'it has ended well').toEqual([[1], { checkpoint: '100' }, [2], { mark: '200', isLast: true }]);
    expect((await cut(` + ' cu'`, '')).failure).toMatchObject({ code: 'command-checkpoint' });
  });

  it('gives way to what the command leaves in its file, and only to that', async () => {
    const last = async (script: string) => (await run(script, { cursor: 'before' })).told.at(-1);
    expect(await last(`say(' cursor 1'); ${LEAVE}`)).toEqual({ mark: 'the end', isLast: true });
    expect(await last(`say(' cursor 1')`)).toEqual({ mark: '1', isLast: true });
    expect(await last(`say(' through ${THROUGH}')`)).toEqual({ mark: 'before', isLast: true });
  });

  it('waits for the end where files were left before it, which are kept then, and is worth nothing without them', async () => {
    const files = `require('fs').writeFileSync(process.env.TIDEMILL_OUTPUT + '/page.html', '<p>')`;
    const script = `console.log(1); say(' cursor 1'); setTimeout(() => {
      ${files}; console.log(2); say(' cursor 2'); say(' through ${THROUGH}'); console.log(3);`;
    const { told } = await run(`${script} }, 300)`);
    const artifact = expect.objectContaining({ name: 'page.html' });
    expect(told).toEqual([[1], { checkpoint: '1' }, [2], [3], artifact, { mark: '2', isLast: true }]);
    const cut = await run(`${script} process.exitCode = 1 }, 300)`);
    expect(cut.told).toEqual([[1], { checkpoint: '1' }, [2]]);
    expect(cut.failure).toMatchObject({ code: 'command-failed' });
  });

  it('is no cursor of a backfill, and refused where that would double rows', async () => {
    const script = `console.log(1); say(' cursor 2'); say(' through ${THROUGH}')`;
    const { told } = await run(script, { mode: 'backfill' });
    expect(told).toEqual([[1], { through: new Date(THROUGH) }]);
    const { failure } = await run(script, { mode: 'backfill', job: { write: 'append', primary_key: [] } });
    expect(failure).toMatchObject({ code: 'command-backfill' });
  });

  it('has a prefix that no other run has', async () => {
    const print = 'console.log(JSON.stringify(process.env.TIDEMILL_CHECKPOINT))';
    const [one, other] = [await run(print), await run(print)];
    expect(one.told).not.toEqual(other.told);
    expect(JSON.stringify(one.told)).toMatch(/#tidemill-checkpoint:[0-9a-f]{16}/);
  });
});

describe('a line that is meant to be a checkpoint', () => {
  const read = (line: string | Buffer, scope: 'changes' | 'everything' = 'changes') =>
    new CheckpointLines({ job: { id: 'mine', scope }, interval, seed: 'one' }).read(Buffer.from(line));
  const { prefix } = new CheckpointLines({ job: { id: 'mine', scope: 'changes' }, interval, seed: 'one' });
  const latin1 = Buffer.concat([Buffer.from(`${prefix} cursor `), Buffer.from([0xff])]);

  it.each<[string, string | Buffer, string]>([
    [
      'of another run',
      '#tidemill-checkpoint:0123456789abcdef cursor 1',
      'does not begin with what $TIDEMILL_CHECKPOINT holds',
    ],
    ['with nothing behind it', prefix, 'says neither "cursor" nor "through"'],
    ['with the cursor alone', `${prefix} 7`, 'says neither "cursor" nor "through"'],
    ['with more blanks', `${prefix}  cursor 7`, 'says neither "cursor" nor "through"'],
    ['without a cursor', `${prefix} cursor`, 'has a cursor that is empty'],
    ['with an empty cursor', `${prefix} cursor `, 'has a cursor that is empty'],
    ['with a long cursor', `${prefix} cursor ${'x'.repeat(65_537)}`, 'has a cursor that is longer than 65536 bytes'],
    ['that is not UTF-8', latin1, 'has a cursor that is not text in UTF-8'],
    ['without an instant', `${prefix} through`, 'has no instant'],
    ['with a day', `${prefix} through 2026-11-21`, 'has no instant'],
    ['with a time without a zone', `${prefix} through 2026-11-21T05:30:00`, 'has no instant'],
    ['with a time that is none', `${prefix} through 2026-13-21T05:30:00Z`, 'has no instant'],
    ['finer than what is remembered', `${prefix} through 2026-11-21T05:30:00.1234Z`, 'finer than a millisecond'],
    [
      'after the interval',
      `${prefix} through 2026-11-21T06:00:00.001Z`,
      'and its interval is 2026-11-21T05:00:00.000Z to 2026-11-21T06:00:00.000Z',
    ],
    ['before the interval', `${prefix} through 2026-11-21T04:59:00Z`, 'and its interval is'],
  ])('is refused: %s', (_, line, message) => {
    expect(() => read(line)).toThrow(
      expect.objectContaining({ code: 'command-checkpoint', message: expect.stringContaining(message) }),
    );
  });

  it('is refused with a day that no calendar has, and never moved to another one', () => {
    const long = { start: new Date('2026-02-01T00:00:00Z'), end: new Date('2026-04-01T00:00:00Z') };
    const lines = new CheckpointLines({ job: { id: 'mine', scope: 'changes' }, interval: long, seed: 'one' });
    const say = (instant: string) => lines.read(Buffer.from(`${prefix} through ${instant}`));
    for (const day of ['02-29', '02-30', '02-31', '02-00'])
      expect(() => say(`2026-${day}T06:00:00Z`)).toThrow('has no instant');
    expect(say('2026-02-28T24:00:00Z')).toEqual({ through: new Date('2026-03-01T00:00:00Z') });
    expect(say('2026-03-31T06:00:00.120000+00:00')).toEqual({ through: new Date('2026-03-31T06:00:00.120Z') });
  });

  it('is refused where a run says everything, and where it goes back', () => {
    expect(() => read(`${prefix} cursor 7`, 'everything')).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('half of that is never kept'),
        hint: expect.stringContaining('scope: changes'),
      }),
    );
    const lines = new CheckpointLines({ job: { id: 'mine', scope: 'changes' }, interval, seed: 'one' });
    const say = (instant: string) => lines.read(Buffer.from(`${prefix} through ${instant}`));
    expect(say('2026-11-21T06:30:00+01:00')).toEqual({ through: new Date(THROUGH) });
    expect(say(THROUGH)).toEqual({ through: new Date(THROUGH) });
    expect(() => say('2026-11-21T05:15:00Z')).toThrow('goes back');
  });

  it.each(['#', '# a comment', '{"a":"#tidemill-checkpoint"}', '"#tidemill-checkpoint:x cursor 1"', '#tidemill'])(
    'is not taken for one: %s',
    (line) => expect(read(line)).toBeUndefined(),
  );

  it('may end as lines do on Windows, and hold any text', () => {
    expect(read(`${prefix} cursor {"after": "ä  1"} \r`)).toEqual({ checkpoint: '{"after": "ä  1"} ' });
  });
});
