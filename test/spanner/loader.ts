/** A process of its own that loads rows, for a test that kills it: `node loader.ts SERVER LOCATION ROWS`. */
import { load, people } from '../contracts/warehouse-samples.ts';
import { SMALL } from '../fakes/spanner-tested.ts';
import { open } from './database.ts';

const [server = '', location = '', rows = '0'] = process.argv.slice(2);
const warehouse = open({ server, location }, { commits: SMALL });
const values = Array.from({ length: Number(rows) }, (_, id) => ({ id: String(id), name: 'new' }));
await warehouse.apply(load('p1', people, values));
await warehouse.close();
