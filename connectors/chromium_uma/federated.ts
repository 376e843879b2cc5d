/**
 * ID tokens without a key: the platform says which machine asks, Google takes its word for a service account, and makes the token.
 * https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines
 */
import { type RefreshContext, TidemillError } from '@tidemill/kit';
import { z } from 'zod';

/** What `gcloud iam workload-identity-pools create-cred-config` writes: https://google.aip.dev/auth/4117 */
export const Federation = z.object({
  type: z.literal('external_account'),
  audience: z.string().startsWith('//'),
  token_url: z.url(),
  service_account_impersonation_url: z.url().endsWith(':generateAccessToken'),
});
export type Federation = z.output<typeof Federation>;

const Exchanged = z.object({ access_token: z.string().min(1) });
const IdToken = z.object({ token: z.string().min(1) });

/** An ID token of the service account for the audience. */
export async function federatedToken(
  { audience: provider, token_url: exchange, service_account_impersonation_url: account }: Federation,
  audience: string,
  { http, identity }: Pick<RefreshContext, 'http' | 'identity'>,
): Promise<string> {
  if (identity === undefined) throw noIdentity();
  // https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience: provider,
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    subject_token: await identity(`https:${provider}`),
  };
  const { value: exchanged } = await http.json(exchange, Exchanged, { form });
  // https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateIdToken
  const { value } = await http.json(account.replace(/:generateAccessToken$/, ':generateIdToken'), IdToken, {
    json: { audience, includeEmail: true },
    headers: { authorization: `Bearer ${exchanged.access_token}` },
  });
  return value.token;
}

const noIdentity = (): TidemillError =>
  new TidemillError(
    'config',
    'uma-identity',
    'The credentials of chromium_uma are for machines with an identity, and this is none',
    {
      hint: 'Run the job in the workflow, where it needs the permission `id-token: write`; or set a key of the service account.',
    },
  );
