import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startFakeHttp } from '../../../test/fakes/http-server.ts';
import { accessFrom } from './credentials.ts';

describe('credentials', () => {
  const KEY = JSON.stringify({ type: 'service_account', client_email: 'a@b.example', private_key: 'not a real key' });

  it.each([KEY, ` ${KEY}\n`, Buffer.from(KEY).toString('base64'), `${Buffer.from(KEY).toString('base64')}\n`])(
    'takes a service account key of one line as it is or in base64',
    (key) => {
      expect(accessFrom({ GCS_SERVICE_ACCOUNT_KEY: key }, 'gs://bucket').endpoint).toBe(
        'https://storage.googleapis.com',
      );
    },
  );

  it.each(['hunter2', '{"client_email": "hunter2"', '{"type":"hunter2"}', Buffer.from('hunter2').toString('base64')])(
    'refuses what is no key, without showing it',
    (key) => {
      const error = catchError(() => accessFrom({ GCS_SERVICE_ACCOUNT_KEY: key }, 'gs://bucket'));
      expect(error).toMatchObject({ kind: 'config', code: 'gcs-service-account-key' });
      const shown = `${error.message} ${JSON.stringify(error)} ${error.stack} ${String(error.cause)}`;
      expect(shown).not.toContain('hunter2');
      expect(shown).not.toContain(key);
    },
  );

  it.each([JSON.stringify(JSON.parse(KEY), undefined, 2), btoa(KEY).replace(/.{76}/g, '$&\n')])(
    'refuses a key of several lines, which GitHub would hide one by one',
    (key) => {
      const error = catchError(() => accessFrom({ GCS_SERVICE_ACCOUNT_KEY: `${key}\n` }, 'gs://bucket'));
      expect(error).toMatchObject({ kind: 'config', code: 'gcs-key-lines' });
      expect(error).toMatchObject({ hint: expect.stringContaining('base64 -w0 key.json') });
    },
  );

  it('says that a key cannot be used', async () => {
    const { authorize } = accessFrom({ GCS_SERVICE_ACCOUNT_KEY: KEY }, 'gs://bucket');
    const error = await authorize('https://storage.googleapis.com').catch((caught) => caught);
    expect(error).toMatchObject({ kind: 'auth', code: 'bucket-credentials' });
    expect(error.message).not.toContain('not a real key');
  });

  it('exchanges the token of a workload for one of Google, and tells who must act when that fails', async () => {
    const sts = await startFakeHttp();
    onTestFinished(() => sts.close());
    const folder = await mkdtemp(join(tmpdir(), 'tidemill-wif-'));
    await writeFile(join(folder, 'token'), 'the-token-of-the-workflow');
    const config = {
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/p',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${sts.url}/token`,
      credential_source: { file: join(folder, 'token') },
    };
    await writeFile(join(folder, 'credentials.json'), JSON.stringify(config));
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', join(folder, 'credentials.json'));
    onTestFinished(() => void vi.unstubAllEnvs());
    const token = { access_token: 'access', expires_in: 3600, token_type: 'Bearer', issued_token_type: 'x' };
    sts.expect('POST /token', { json: token });
    const { authorize } = accessFrom({}, 'gs://bucket');
    expect(await authorize('https://storage.googleapis.com')).toMatchObject({ authorization: 'Bearer access' });
    expect(sts.requests[0]?.body).toContain('the-token-of-the-workflow');
    sts.verify();

    sts.serve(() => ({ status: 400, json: { error: 'invalid_grant', error_description: 'no' } }));
    const refused = { kind: 'auth', code: 'bucket-credentials' };
    await assert.rejects(accessFrom({}, 'gs://bucket').authorize('https://storage.googleapis.com'), refused);
  });
});

function catchError(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  return assert.fail('nothing was thrown');
}
