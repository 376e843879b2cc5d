/**
 * The warehouse contract against PostgreSQL itself, two versions of it, and through PgBouncer:
 * `scripts/with-postgres npm test -- test/servers/postgres` starts them.
 */
import { describe } from 'vitest';
import { warehouseContract } from '../../contracts/warehouse.ts';
import { freshWarehouse, ways } from './servers.ts';

describe.runIf(ways.length > 0).each(ways)('$name', (server) => {
  warehouseContract('it', () => freshWarehouse(server));
});
