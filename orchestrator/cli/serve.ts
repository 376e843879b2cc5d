/** `tidemill serve`: starts the server, and writes down what it tells. */
import { TidemillError } from '@tidemill/kit';
import type { LogLine, ServeOptions } from '@tidemill/server';
import { lineText } from '../text/table.ts';
import type { CommonOptions, DefineCommand } from './command.ts';
import type { Terminal } from './host.ts';

const EXAMPLE = `
Examples:
  tidemill serve --schedule --environment prd             this machine alone may ask; what is owed runs, too
  TIDEMILL_SERVE_TOKEN=$(openssl rand -hex 32) tidemill serve --host 0.0.0.0 --json
  curl http://127.0.0.1:8080/health                       whether it is there

With --json each line is a document. Ctrl-C or SIGTERM: what is at work ends in order, for 30 seconds at most.`;

export const serveCommand: DefineCommand = (command, terminal, exit) => {
  command('serve')
    .description('Answer over HTTP: start runs, say where jobs stand, operate them; and run the schedule, if asked to.')
    .option(
      '--host <address>',
      'where to listen; any but this machine’s own needs $TIDEMILL_SERVE_TOKEN (default: 127.0.0.1)',
    )
    .option('--port <number>', 'where to listen; 0 is any that is free (default: $PORT, or 8080)')
    .option('--schedule', 'run what is owed, as the command tick does, every $BACKGROUND_POLL_INTERVAL seconds')
    .addHelpText('after', EXAMPLE)
    .action(async (options: CommonOptions & ServeOptions) => {
      const { serve, settingsOf } = await loadServer();
      const log = options.json ? documentsTo(terminal) : linesTo(terminal);
      const { ended } = await serve({ host: terminal, settings: settingsOf(terminal, options), options, log });
      await ended;
      exit(0);
    });
};

const documentsTo =
  ({ stdout, clock }: Terminal) =>
  (line: LogLine): void =>
    stdout.write(`${JSON.stringify({ time: clock.now().toISOString(), ...line })}\n`);

/** `06:30:00 request method=GET route=/health status=200 ms=1`. */
const linesTo =
  ({ stdout, clock }: Terminal) =>
  ({ event, ...fields }: LogLine): void => {
    const told = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
    stdout.write(`${lineText([clock.now().toISOString().slice(11, 19), event, ...told].join(' '))}\n`);
  };

/** Only this command needs it; machines that run jobs never install it. */
async function loadServer(): Promise<typeof import('@tidemill/server')> {
  try {
    return await import('@tidemill/server');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new TidemillError('config', 'server-missing', 'What answers over HTTP is not installed', {
      hint: 'Run: npm install @tidemill/server',
      cause,
    });
  }
}
