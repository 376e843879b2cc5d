/** What a bridge is handed of the process that it is. */
import type { Writable } from 'node:stream';

export interface World {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Paths on the command line are relative to it. */
  readonly cwd: string;
  /** Records and checkpoints; or data sets, when it is asked which there are. */
  readonly stdout: Writable;
  /** What a person reads. */
  readonly stderr: Writable;
  /** Aborted when the process is to end. */
  readonly signal: AbortSignal;
}

/** A sentence for people; the spaces keep a terminal from obeying what others have written. */
export const tell = ({ stderr }: Pick<World, 'stderr'>, text: string): void =>
  void stderr.write(`${text.replace(/\p{Cc}/gu, ' ')}\n`);
