/**
 * Google's side of an identity without a key, and GitHub's: who asks is believed by the word of the platform.
 * https://docs.github.com/en/actions/reference/security/oidc, https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token,
 * https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateIdToken
 */
import type { Reply, SeenRequest } from './http-server.ts';

const PROVIDER = '//iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/github/providers/github';
const ACCOUNT = '/v1/projects/-/serviceAccounts/reader@project.iam.gserviceaccount.example';
const ASKED = 'github-request-token-5c/1+x';
const SUBJECT = 'eyJ.subject-of-github.c2ln';
const EXCHANGED = 'ya29.exchanged-of-google/7';
const GRANT = {
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  audience: PROVIDER,
  scope: 'https://www.googleapis.com/auth/cloud-platform',
  requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  subject_token: SUBJECT,
};

export const federationSecrets = [ASKED, SUBJECT, EXCHANGED];

/** What a job with the permission finds in its environment. */
export const environmentOf = (url: string) => ({
  ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/oidc?api-version=2.0`,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: ASKED,
});

/** As `gcloud iam workload-identity-pools create-cred-config` writes it. */
export const configurationOf = (url: string): string =>
  JSON.stringify({
    universe_domain: 'googleapis.com',
    type: 'external_account',
    audience: PROVIDER,
    subject_token_type: GRANT.subject_token_type,
    token_url: `${url}/v1/token`,
    service_account_impersonation_url: `${url}${ACCOUNT}:generateAccessToken`,
    credential_source: { file: 'github' },
  });

/** The answer to a request for one of the three tokens; undefined for any other. `issue` makes the last of them. */
export function federationAnswer(request: SeenRequest, issue: (audience: string) => string): Reply | undefined {
  const { method, path, query, headers, body } = request;
  const isBy = (token: string): boolean => headers['authorization'] === `Bearer ${token}`;
  switch (path) {
    case '/oidc': {
      const isAsked = method === 'GET' && query['api-version'] === '2.0' && query['audience'] === `https:${PROVIDER}`;
      return isAsked && isBy(ASKED) ? { json: { count: 1, value: SUBJECT } } : { status: 401, json: {} };
    }
    case '/v1/token': {
      const form = Object.fromEntries([...new URLSearchParams(body)].sort());
      const isGrant = JSON.stringify(form) === JSON.stringify(Object.fromEntries(Object.entries(GRANT).sort()));
      const answer = { issued_token_type: GRANT.requested_token_type, token_type: 'Bearer', expires_in: 3599 };
      if (method === 'POST' && isGrant) return { json: { access_token: EXCHANGED, ...answer } };
      return { status: 400, json: { error: 'invalid_grant', error_description: 'The given credential is rejected.' } };
    }
    case `${ACCOUNT}:generateIdToken`: {
      if (method !== 'POST' || !isBy(EXCHANGED))
        return { status: 403, json: { error: { status: 'PERMISSION_DENIED' } } };
      const { audience, includeEmail, ...others } = JSON.parse(body) as Record<string, unknown>;
      const isGood = typeof audience === 'string' && includeEmail === true && Object.keys(others).length === 0;
      return isGood
        ? { json: { token: issue(audience) } }
        : { status: 400, json: { error: { status: 'INVALID_ARGUMENT' } } };
    }
    default:
      return undefined;
  }
}
