import type { SourceFake } from '../contracts/connector.ts';
import { startNpmRegistry } from './npm-registry.ts';

/** An npm package of one `data.json`, as a source for the connector contract: each publication is a new version. A text is the file itself. */
export async function npmSource(name: string): Promise<SourceFake<object | string>> {
  const registry = await startNpmRegistry();
  const { env } = await registry.system();
  let versions = 0;
  return {
    env,
    async publish(contents) {
      versions += 1;
      await registry.publish({
        name,
        version: `1.0.${versions}`,
        files: { 'data.json': typeof contents === 'string' ? contents : JSON.stringify(contents) },
      });
    },
    close: async () => registry[Symbol.asyncDispose](),
  };
}
