import { expect, it } from 'vitest';
import { inOrder } from './tarball.ts';

const packed = (name: string, needs: readonly string[] = []) => ({
  manifest: { name, version: '1.0.0', dependencies: Object.fromEntries(needs.map((needed) => [needed, '1.0.0'])) },
});

it('a package is published behind those that it depends on', () => {
  const packages = [packed('driver', ['kit', 'zod']), packed('tidemill', ['driver', 'kit']), packed('kit')];
  expect(inOrder(packages).map(({ manifest }) => manifest.name)).toEqual(['kit', 'driver', 'tidemill']);
});
