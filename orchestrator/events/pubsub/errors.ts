/** What Pub/Sub refuses, as errors that say who must act: https://cloud.google.com/pubsub/docs/reference/error-codes */
import { type Classify, TidemillError, type Verdict } from '@tidemill/kit';
import { z } from 'zod';
import type { Topics } from './location.ts';

const Failure = z.object({ error: z.object({ message: z.string().catch(''), status: z.string().catch('') }) });

const LONGEST = 300;

/** What helps whoever has no token, or one that is not taken. */
const SIGN_IN =
  'Log in with google-github-actions/auth (Workload Identity Federation) or `gcloud auth application-default login`, or set PUBSUB_SERVICE_ACCOUNT_KEY.';

export const noCredentials = ({ url }: Topics, said: string, cause?: unknown): TidemillError =>
  new TidemillError('auth', 'pubsub-credentials', `No valid credentials for ${url} (${said})`, {
    hint: SIGN_IN,
    cause,
  });

export const unavailable = ({ url }: Topics, said: string, cause?: unknown): TidemillError =>
  new TidemillError('transient', 'pubsub-unavailable', `Pub/Sub cannot be reached for ${url} (${said})`, {
    hint: 'If it lasts, see https://status.cloud.google.com.',
    cause,
  });

const noTopic = (topics: Topics, topic: string): Verdict => ({
  kind: 'config',
  code: 'pubsub-topic',
  message: `There is no topic ${topic} in the project ${topics.project}`,
  hint: `Make it: \`gcloud pubsub topics create ${topic} --project=${topics.project}\`.`,
});

export const forbidden = (topics: Topics, topic: string): Verdict => ({
  kind: 'auth',
  code: 'pubsub-forbidden',
  message: `Events may not be published to the topic ${topic} of the project ${topics.project}`,
  hint: `Let the account of these credentials do it: \`gcloud pubsub topics add-iam-policy-binding ${topic} --project=${topics.project} --role=roles/pubsub.publisher --member=serviceAccount:NAME\`.`,
});

/** Pub/Sub's own words for what is not in this list are told, and of nothing that was sent. */
export function classified(topics: Topics, topic: string): Classify {
  return ({ status, text }) => {
    if (status < 400) return undefined;
    const { message, status: word } = failureIn(text);
    const said = `${word || status}${message === '' ? '' : `: ${message}`}`.slice(0, LONGEST);
    switch (status) {
      case 401: {
        const { kind, code, hint = '' } = noCredentials(topics, said);
        return { kind, code, message: `No valid credentials for ${topics.url} (${said})`, hint };
      }
      case 403:
        return forbidden(topics, topic);
      case 404:
        return noTopic(topics, topic);
      case 408:
      case 409:
      case 499:
        return { kind: 'transient', code: 'pubsub-unavailable', message: `Pub/Sub fails for ${topics.url} (${said})` };
      case 429:
        return { kind: 'quota', code: 'pubsub-rate', message: `Pub/Sub asks to slow down for ${topics.url} (${said})` };
      default:
        if (status >= 500)
          return {
            kind: 'transient',
            code: 'pubsub-unavailable',
            message: `Pub/Sub fails for ${topics.url} (${said})`,
          };
        return {
          kind: 'config',
          code: 'pubsub-refused',
          message: `Pub/Sub does not take events for ${topic} (${said})`,
          hint: 'Look at the topic: a schema of its own, or its region, may refuse them.',
        };
    }
  };
}

function failureIn(text: string): { readonly message: string; readonly status: string } {
  try {
    return Failure.parse(JSON.parse(text)).error;
  } catch {
    return { message: '', status: '' };
  }
}
