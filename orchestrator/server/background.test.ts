import { asTidemillError, TidemillError } from '@tidemill/kit';
import { expect, it } from 'vitest';
import { Background } from './background.ts';
import type { LogLine } from './log.ts';

function logged(fault: TidemillError): LogLine | undefined {
  const log: LogLine[] = [];
  new Background(1, (line) => log.push(line)).tellFault(fault);
  return log[0];
}

it('of a bug the log says where it is, as whoever reports it must know', () => {
  const line = logged(asTidemillError(new TypeError('reading 0')));
  expect(line).toMatchObject({ event: 'fault', error_code: 'unexpected', kind: 'bug' });
  expect(line?.['at']).toMatch(/^at .*background\.test\.ts:\d+:\d+/);
});

it('of anything else it does not: its message says who must act', () => {
  expect(logged(new TidemillError('config', 'job-not-run', 'It does not run'))).not.toHaveProperty('at');
});
