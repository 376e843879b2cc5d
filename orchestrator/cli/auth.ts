import { openSession } from '../app/session.ts';
import type { CommonOptions, DefineCommand } from './command.ts';

export interface AuthOptions extends CommonOptions {
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

export const authCommand: DefineCommand = (command, host, exit) => {
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
      const session = await openSession(host, options);
      // Signing in needs code that no other command does.
      if (service === undefined) {
        const { listCredentials } = await import('./auth-list.ts');
        exit(await listCredentials(session, options));
        return;
      }
      const { signInTo } = await import('./auth-sign-in.ts');
      try {
        await signInTo(session, service, options);
      } catch (thrown) {
        if (!host.interrupted.aborted) throw thrown;
        host.stderr.write('Stopped.\n');
        exit(STOPPED);
      }
    });
};
