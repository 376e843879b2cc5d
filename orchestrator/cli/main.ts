/** The command line: parses it, runs one command, and is the one place that catches. */
import { asTidemillError } from '@tidemill/kit';
import { CommanderError } from 'commander';
import { printError } from './errors.ts';
import { type Host, realHost } from './host.ts';
import { buildProgram } from './program.ts';

/** Exit code of a command line that cannot be understood, as of every other mistake in what a person wrote. */
const USAGE = 2;

/** Runs the command line and answers its exit code. Never throws. */
export async function main(args: readonly string[], host: Host = realHost()): Promise<number> {
  let exit = 0;
  const program = buildProgram(host, (code) => {
    exit = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exit;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : USAGE;
    const error = asTidemillError(thrown);
    printError(host, error, args);
    return error.exitCode;
  }
}
