/** What the routes are given. */
import type { Session } from '../app/session.ts';
import type { Background } from './background.ts';

export interface World {
  /** Hands out a session that others look through, too: nothing is to be run in it. */
  look<T>(use: (session: Session) => Promise<T>): Promise<T>;
  /** A session of one's own, to be closed. */
  open(): Promise<Session>;
  readonly background: Background;
  /** Whether anything is begun that nobody has asked for over HTTP. */
  readonly enabled: boolean;
  /** Different each time; begins with the time. */
  nextRunId(): string;
  /** Takes out of a text what this process knows of secrets. */
  redact(text: string): string;
}
