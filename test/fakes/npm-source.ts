import type { SourceFake } from '../contracts/connector.ts';
import { startNpmRegistry } from './npm-registry.ts';

/** An npm package of one `data.json`, as a source for the connector contract: each publication is a new version. */
export async function npmSource(name: string): Promise<SourceFake<object>> {
  const registry = await startNpmRegistry();
  const { env } = await registry.system();
  let versions = 0;
  return {
    env,
    async publish(contents) {
      versions += 1;
      await registry.publish({ name, version: `1.0.${versions}`, files: { 'data.json': JSON.stringify(contents) } });
    },
    close: async () => registry[Symbol.asyncDispose](),
  };
}
