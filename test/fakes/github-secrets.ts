/** The part of GitHub's REST API that keeps secrets of an environment; like GitHub, it is the only one that can open them. */
import sodium from 'libsodium-wrappers';
import { onTestFinished } from 'vitest';
import { type Reply, type SeenRequest, startFakeHttp } from './http-server.ts';

export interface FakeGithubSecrets {
  readonly url: string;
  /** Values by name, as workflows would see them. */
  readonly secrets: Map<string, string>;
  readonly requests: readonly SeenRequest[];
}

interface Known {
  readonly repository: string;
  readonly environment: string;
  readonly token: string;
  /** What the token may not do, although it may see the environment; or what GitHub refuses all the same. */
  readonly refuses?: readonly ('DELETE' | 'PUT')[];
}

export async function fakeGithubSecrets({
  repository,
  environment,
  token,
  refuses = [],
}: Known): Promise<FakeGithubSecrets> {
  await sodium.ready;
  const { publicKey, privateKey } = sodium.crypto_box_keypair();
  const secrets = new Map<string, string>();
  const server = await startFakeHttp();
  const base = `/repos/${repository}/environments/${environment}/secrets/`;
  server.serve(({ method, path, headers, body }): Reply => {
    if (headers['authorization'] !== `token ${token}`) return { status: 401, json: { message: 'Bad credentials' } };
    if (!path.startsWith(base)) return { status: 404, json: { message: 'Not Found' } };
    const name = path.slice(base.length);
    if (refuses.some((refused) => refused === method))
      return { status: 403, json: { message: 'Resource not accessible by personal access token' } };
    if (method === 'DELETE')
      return secrets.delete(name) ? { status: 204 } : { status: 404, json: { message: 'Not Found' } };
    if (method === 'GET' && name === 'public-key')
      return { json: { key_id: 'key-17', key: Buffer.from(publicKey).toString('base64') } };
    if (method === 'GET')
      return secrets.has(name) ? { json: { name } } : { status: 404, json: { message: 'Not Found' } };
    if (method !== 'PUT' || !/^[A-Z_][A-Z0-9_]*$/.test(name) || name.startsWith('GITHUB_')) return { status: 422 };
    const { encrypted_value, key_id } = JSON.parse(body) as Record<string, string>;
    if (key_id !== 'key-17') return { status: 422, json: { message: 'key_id' } };
    try {
      const sealed = Buffer.from(encrypted_value ?? '', 'base64');
      secrets.set(name, Buffer.from(sodium.crypto_box_seal_open(sealed, publicKey, privateKey)).toString());
      return { status: 201, json: {} };
    } catch {
      return { status: 422, json: { message: 'the value is not encrypted for this environment' } };
    }
  });
  onTestFinished(() => server.close());
  return { url: server.url, secrets, requests: server.requests };
}
