import { keepsItsPlace } from '../contracts/spanner-commits.ts';
import { EMULATOR, newDatabase, open } from './database.ts';

keepsItsPlace({
  newAddress: async () => ({ server: EMULATOR, location: await newDatabase() }),
  open: ({ server, location }, more = {}) => open(location, more, server),
});
