/** What the server tells its operator, a line each: names of ours and numbers, and nothing of what somebody has sent. */
export interface LogLine {
  readonly event: 'listening' | 'request' | 'begun' | 'ended' | 'fault' | 'stopping' | 'stopped';
  readonly [field: string]: string | number | undefined;
}

export type Log = (line: LogLine) => void;
