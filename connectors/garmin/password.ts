/** Signing in with a password: only when a person asks for it, by a workspace that no leg installs. */
import { type NewCredentials, type SignInContext, TidemillError } from '@tidemill/kit';

/** Throws kind `config` without name and password, or without the workspace; otherwise what its `signIn` throws. */
export async function signInWithPassword(context: SignInContext): Promise<NewCredentials> {
  const { GARMIN_USERNAME: username = '', GARMIN_PASSWORD: password = '' } = context.credentials;
  if (username === '' || password === '') {
    throw new TidemillError('config', 'garmin-password', 'GARMIN_USERNAME or GARMIN_PASSWORD is not set', {
      hint: 'Set both, or import a token file, which is the better way.',
    });
  }
  const { signIn } = await loadSignIn();
  return signIn(context, { username, password });
}

async function loadSignIn(): Promise<typeof import('@tidemill/garmin-sign-in')> {
  try {
    return await import('@tidemill/garmin-sign-in');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new TidemillError('config', 'garmin-sign-in-missing', 'What signs in to Garmin is not installed', {
      hint: 'Run: npm install @tidemill/garmin-sign-in',
      cause,
    });
  }
}
