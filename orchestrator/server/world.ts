/** What the routes are given. */
import type { Session } from '../app/session.ts';
import type { Background } from './background.ts';

export interface World {
  /** Hands out a session that others look through, too: nothing is to be run in it. */
  look<T>(use: (session: Session) => Promise<T>): Promise<T>;
  /** Sends events of the job that wait, without anybody who waits for it. */
  sendEvents(session: Session, job: string): void;
  /** A session of one's own, to be closed. */
  open(): Promise<Session>;
  readonly background: Background;
  /** What the schedule owes runs here. */
  readonly schedule: boolean;
  /** Crawls that wait for answers are asked after here. */
  readonly polling: boolean;
  /** Of a download that is asked for: how long it may take, if not as long as its job. */
  readonly downloadMinutes: number | undefined;
  /** There is something to be done in the background. */
  wake(): void;
  /** Different each time; begins with the time. */
  nextRunId(): string;
  /** Takes out of a text what this process knows of secrets. */
  redact(text: string): string;
}
