import { onTestFinished } from 'vitest';
import { commitsContract } from '../contracts/spanner-commits.ts';
import { fakeClock } from '../fakes/clock.ts';
import { startSpanner } from '../fakes/spanner.ts';
import { LOCATION } from '../fakes/spanner-given.ts';
import { open } from '../fakes/spanner-tested.ts';

commitsContract({
  async newAddress() {
    const fake = await startSpanner();
    onTestFinished(() => fake[Symbol.asyncDispose]());
    return { server: fake.url, location: LOCATION };
  },
  open: (address, more = {}) => open(address, { clock: fakeClock(), ...more }),
});
