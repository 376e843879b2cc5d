/** What a command is: how it is defined, the options that all of them take, and how it answers. */
import type { Command } from 'commander';
import type { SessionOptions } from '../app/session.ts';
import type { Terminal } from './host.ts';

/** Options that every command takes. */
export interface CommonOptions extends SessionOptions {
  readonly json?: true;
}

/**
 * Adds one command to the program. `exit` sets the exit code of a command that ended in order. `json`: it takes no other of the common
 * options, because it asks no configuration.
 */
export type DefineCommand = (
  command: (name: string, takes?: 'json') => Command,
  terminal: Terminal,
  exit: (code: number) => void,
) => void;

/** The answer on stdout: with `--json` one document, else a text. */
export function print(
  { stdout }: Terminal,
  { json }: Pick<CommonOptions, 'json'>,
  document: unknown,
  text: () => string,
): void {
  stdout.write(json ? `${JSON.stringify(document, undefined, 2)}\n` : text());
}
