/** The command line: parses it, runs one command, and is the one place that catches. */
import { asTidemillError, TidemillError } from '@tidemill/kit';
import { CommanderError } from 'commander';
import { printDocument, printError } from './errors.ts';
import { realHost, type Terminal } from './host.ts';
import { buildProgram } from './program.ts';

/**
 * The command line of this process; answers its exit code. `bundled` are the packages of the bundle that it was started from, and undefined
 * where it runs from the sources.
 */
export const start = (args: readonly string[], bundled?: readonly string[]): Promise<number> =>
  main(args, { ...realHost(), bundled });

/** Runs the command line and answers its exit code. Never throws. */
export async function main(args: readonly string[], host: Terminal): Promise<number> {
  let exit = 0;
  try {
    const settle = (code: number): void => {
      exit = code;
    };
    const program = await buildProgram(host, settle, args[0]);
    await program.parseAsync(args, { from: 'user' });
    return exit;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : refuse(host, thrown, args);
    const error = asTidemillError(thrown);
    await printError(host, error, args);
    return error.exitCode;
  }
}

/** Commander has told the person already, with the help. */
function refuse(host: Terminal, { message }: CommanderError, args: readonly string[]): number {
  const said = message.replace(/^error: /, '').replaceAll('\n', ' ');
  const error = new TidemillError('config', 'usage', `The command line cannot be understood: ${said}`, {
    hint: '`tidemill COMMAND --help` has the options and an example.',
  });
  if (args.includes('--json')) printDocument(host, error);
  return error.exitCode;
}
