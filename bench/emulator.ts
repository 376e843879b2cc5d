/** An object store of its own process, so that it does not share the time of what is measured: prints its address. */
import { startGcsServer } from '../test/fakes/gcs-server.ts';

const server = await startGcsServer({ pageLength: 1000 });
server.createBucket('bench');
process.stdout.write(`${server.url}\n`);
