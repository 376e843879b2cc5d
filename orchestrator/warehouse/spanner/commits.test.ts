import { onTestFinished } from 'vitest';
import { commitsContract } from '../../../test/contracts/spanner-commits.ts';
import { fakeClock } from '../../../test/fakes/clock.ts';
import { startSpanner } from '../../../test/fakes/spanner.ts';
import { LOCATION } from '../../../test/fakes/spanner-given.ts';
import { open } from '../../../test/fakes/spanner-tested.ts';

commitsContract({
  async newAddress() {
    const fake = await startSpanner();
    onTestFinished(() => fake[Symbol.asyncDispose]());
    return { server: fake.url, location: LOCATION };
  },
  open: (address, more = {}) => open(address, { clock: fakeClock(), ...more }),
});
