/**
 * Environments, secrets and variables: https://docs.github.com/en/rest/actions/secrets, …/variables, …/deployments/environments.
 * Like GitHub, it is the only one that can open a secret, and shows it to nobody.
 */
import sodium from 'libsodium-wrappers';
import { type Call, DEFAULT_BRANCH, paged, REPOSITORY, REPOSITORY_ID, refusal } from './github-api-answers.ts';
import { emptyHolder, type FakeHolder } from './github-api-world.ts';
import type { Reply } from './http-server.ts';

export type SettingsAnswers = Readonly<
  Record<keyof Awaited<ReturnType<typeof settingsAnswers>>, (call: Call) => Reply>
>;

/** https://docs.github.com/en/actions/reference/security/secrets#naming-your-secrets */
const NAME = /^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/;
/** 48 KB: https://docs.github.com/en/actions/reference/limits */
const MOST_BYTES = 48 * 1024;

export async function settingsAnswers() {
  await sodium.ready;
  const { publicKey, privateKey } = sodium.crypto_box_keypair();

  function putSecret({ world, parts: [environment = '', name = ''], body }: Call): Reply {
    const holder = world.environments.get(environment);
    if (holder === undefined) return NOT_FOUND;
    if (!NAME.test(name) || body['key_id'] !== world.keyId) return refusal(422, 'Validation Failed');
    try {
      const sealed = Buffer.from(String(body['encrypted_value']), 'base64');
      const value = Buffer.from(sodium.crypto_box_seal_open(sealed, publicKey, privateKey)).toString();
      if (value === '' || Buffer.byteLength(value) > MOST_BYTES) return refusal(422, 'Validation Failed');
      const isThere = holder.secrets.has(name);
      holder.secrets.set(name, value);
      return isThere ? { status: 204 } : { status: 201, json: {} };
    } catch {
      return refusal(422, 'the value is not encrypted for this environment');
    }
  }

  return {
    putSecret,
    publicKey: ({ world, parts: [environment = ''] }: Call): Reply =>
      world.environments.has(environment)
        ? { json: { key_id: world.keyId, key: Buffer.from(publicKey).toString('base64') } }
        : NOT_FOUND,
    repository: ({ world: { isPrivate } }: Call): Reply => ({
      json: { id: REPOSITORY_ID, full_name: REPOSITORY, default_branch: DEFAULT_BRANCH, private: isPrivate },
    }),
    environments,
    makeEnvironment,
    listOfEnvironment: (call: Call): Reply => {
      const [environment = '', kind = ''] = call.parts;
      return listed(call, call.world.environments.get(environment), kind);
    },
    listOfRepository: (call: Call): Reply => listed(call, call.world.repository, call.parts[0] ?? ''),
    listOfOrganization: (call: Call): Reply => listed(call, call.world.organization, call.parts[0] ?? ''),
    getSecret: ({ world, parts: [environment = '', name = ''] }: Call): Reply =>
      world.environments.get(environment)?.secrets.has(name) ? { json: { name } } : NOT_FOUND,
    deleteSecret: ({ world, parts: [environment = '', name = ''] }: Call): Reply =>
      world.environments.get(environment)?.secrets.delete(name) ? { status: 204 } : NOT_FOUND,
    makeEnvironmentVariable: ({ world, parts: [environment = ''], body }: Call): Reply =>
      made(world.environments.get(environment), body),
    changeEnvironmentVariable: ({ world, parts: [environment = '', name = ''], body }: Call): Reply =>
      changed(world.environments.get(environment), name, body),
    makeVariable: ({ world, body }: Call): Reply => made(world.repository, body),
    changeVariable: ({ world: { repository }, parts: [name = ''], body }: Call): Reply =>
      changed(repository, name, body),
  };
}

const NOT_FOUND = refusal(404, 'Not Found');

function environments(call: Call): Reply {
  const names = [...call.world.environments.keys()];
  const { items, headers } = paged(call, names);
  const shown = items.map((name, index) => ({ id: index + 1, name, protection_rules: [] }));
  return { json: { total_count: names.length, environments: shown }, headers };
}

/** Of one that is there, a request without rules takes its rules away: nobody is to send that. */
function makeEnvironment({ world, parts: [name = ''] }: Call): Reply {
  if (world.environments.has(name)) return refusal(501, 'this would take the rules of an environment away');
  world.environments.set(name, emptyHolder());
  return { json: { id: world.environments.size, name, protection_rules: [] } };
}

function listed(call: Call, holder: FakeHolder | undefined, kind: string): Reply {
  if (holder === undefined) return NOT_FOUND;
  const all =
    kind === 'secrets'
      ? [...holder.secrets.keys()].map((name) => ({ name }))
      : [...holder.variables].map(([name, value]) => ({ name, value }));
  const { items, headers } = paged(call, all);
  return { json: { total_count: all.length, [kind]: items }, headers };
}

function changed(holder: FakeHolder | undefined, name: string, { value }: Call['body']): Reply {
  if (!holder?.variables.has(name)) return NOT_FOUND;
  holder.variables.set(name, String(value));
  return { status: 204 };
}

function made(holder: FakeHolder | undefined, { name, value }: Call['body']): Reply {
  if (holder === undefined) return NOT_FOUND;
  if (typeof name !== 'string' || typeof value !== 'string' || !NAME.test(name))
    return refusal(422, 'Validation Failed');
  if (holder.variables.has(name)) return refusal(409, 'Already exists - Variable already exists');
  holder.variables.set(name, value);
  return { status: 201, json: {} };
}
