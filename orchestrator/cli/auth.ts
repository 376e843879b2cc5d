import type { Destination } from '../app/auth-destination.ts';
import { openSession } from '../app/session.ts';
import { deliveryText, listText, personAt, tellUnstored } from './auth-text.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';
import type { Terminal } from './host.ts';

interface AuthOptions extends CommonOptions {
  readonly paste?: true;
  readonly import?: string;
  readonly setSecrets?: string | true;
  readonly saveTo?: string;
}

/** As shells have it for a command that Ctrl-C ended. */
const STOPPED = 130;

const EXAMPLE = `
Examples:
  tidemill auth --environment dev                                 which credentials are there, and how old the tokens are
  tidemill auth spotify --environment dev --set-secrets           sign in, and store the secrets at GitHub
  tidemill auth strava --environment dev --paste                  the browser is on another machine
  tidemill auth garmin --import ~/.garminconnect/garmin_tokens.json --save-to .env`;

export const authCommand: DefineCommand = (command, terminal, exit) => {
  command('auth')
    .argument('[service]', 'the service to sign in to; without it, the state of all of them is shown')
    .description('Sign in to a service with what its enabled jobs need, and hand on the credentials that come of it.')
    .option('--paste', 'show the address only, and take the one the browser was sent to from the terminal')
    .option('--import <file>', 'take over the token file of another program instead of signing in')
    .option('--set-secrets [owner/repo]', 'store the credentials as secrets of the GitHub environment ($GITHUB_TOKEN)')
    // Not `--env-file`: Node takes that for its own, wherever it stands.
    .option('--save-to <file>', 'write the credentials into a file of NAME=value lines that only you can read')
    .addHelpText('after', EXAMPLE)
    .action(async (service: string | undefined, options: AuthOptions) => {
      if (service === undefined) return list(terminal, options);
      try {
        await signIn(terminal, service, options);
      } catch (thrown) {
        if (!terminal.interrupted.aborted) throw thrown;
        terminal.stderr.write('Stopped.\n');
        exit(STOPPED);
      }
    });
};

// Both need code that no other command does.
async function list(terminal: Terminal, options: AuthOptions): Promise<void> {
  const session = await openSession(terminal, options);
  const { listCredentials } = await import('../app/auth-list.ts');
  const services = await listCredentials(session);
  print(terminal, options, { environment: session.environment.name, services }, () => listText(services));
}

async function signIn(terminal: Terminal, service: string, options: AuthOptions): Promise<void> {
  const session = await openSession(terminal, options);
  const { signInTo } = await import('../app/auth-sign-in.ts');
  const destination = destinationOf(terminal, options);
  const way = options.paste ? 'paste' : 'browser';
  const request = { service, way, import: options.import, destination } as const;
  const answer = await signInTo(session, request, personAt(terminal));
  if (answer.unstored !== undefined) {
    tellUnstored(terminal, answer);
    throw answer.unstored.fault;
  }
  const { environment, who, stored, missing, doubt } = answer;
  const document = { service, environment, who, stored, missing };
  print(terminal, options, document, () => deliveryText(answer, destination?.to));
  if (doubt !== undefined) throw doubt;
}

/** Undefined when nobody said where, and nobody is at a terminal to be shown them. */
function destinationOf({ stdout }: Terminal, { setSecrets, saveTo, json }: AuthOptions): Destination | undefined {
  if (setSecrets !== undefined) return { to: 'secrets', ...(setSecrets === true ? {} : { repository: setSecrets }) };
  if (saveTo !== undefined) return { to: 'file', path: saveTo };
  return stdout.isLive && json !== true ? { to: 'caller' } : undefined;
}
