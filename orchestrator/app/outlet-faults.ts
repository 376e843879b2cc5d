/** What people are told of events that have not left. */
import { errorKinds, TidemillError } from '@tidemill/kit';
import type { Listener } from '../config/job.ts';
import type { Refusal } from '../state/outbox.ts';
import { inEnvironment, plural } from '../text/format.ts';

export const silentSink = (milliseconds: number): TidemillError =>
  new TidemillError('transient', 'events-silent', `no answer within ${milliseconds / 1000} s`);

/** Of a sink that takes events, and has more to take than there is time for. */
export const lateSink = (milliseconds: number): TidemillError =>
  new TidemillError('transient', 'events-late', `it takes longer than the ${milliseconds / 1000} s that there were`);

const LONGEST = 300;

/** Why a sink does not take an event, for the state of the job. `clean` takes secrets out of a text. */
export function refusalOf(error: TidemillError, at: Date, clean: (text: string) => string): Refusal {
  const { kind, code, hint } = error;
  const message = plain(error);
  const says = clean(hint === undefined ? message : `${message}. ${hint}`).slice(0, LONGEST);
  return { at: at.toISOString(), code, says, who: errorKinds[kind].who };
}

/** Of an error that a driver did not sort, without the name of its class. */
const plain = ({ message }: TidemillError): string => message.replace(/^Error: /, '');

export interface Waiting {
  readonly listener: Pick<Listener, 'name' | 'to'>;
  readonly environment: string;
  /** Jobs whose events wait, and how many events. */
  readonly jobs: number;
  readonly events: number;
}

/** Who must act, and on what, for the events to leave. */
export function waitError(
  { listener, environment, jobs, events }: Waiting,
  error: TidemillError,
  clean: (text: string) => string,
): TidemillError {
  const waiting = `${plural(events, 'event')} of ${plural(jobs, 'job')} ${events === 1 ? 'waits' : 'wait'} for ${listener.name}`;
  const why = clean(plain(error));
  const where = inEnvironment(environment);
  if (error.code === 'events-late') {
    return new TidemillError('transient', 'events-wait', `${waiting}, which takes them one after the other: ${why}`, {
      hint: `They are sent by what comes next, or by \`npx tidemill events --send${where}\`, which takes its time. No load waits for them.`,
    });
  }
  if (errorKinds[error.kind].retry) {
    return new TidemillError('transient', 'events-wait', `${waiting}, which cannot be reached: ${why}`, {
      hint: `They are sent by the next run, or by \`npx tidemill events --send${where}\`. No load waits for them.`,
    });
  }
  const hint = error.hint === undefined ? '' : `${clean(error.hint)} `;
  return new TidemillError('config', 'events-refused', `${waiting}, which does not take them: ${why}`, {
    hint: `${hint}Until then they wait: \`npx tidemill events${where}\` lists them, \`npx tidemill events JOB --drop${where}\` gives up those of a job.`,
  });
}
