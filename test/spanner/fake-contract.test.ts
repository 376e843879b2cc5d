/** The contract, on the strict fake, too: what holds there as before Google's emulator can be tried without one. */
import { warehouseContract } from '../contracts/warehouse.ts';
import { fakeWarehouse } from '../fakes/spanner-tested.ts';

warehouseContract('spanner://, before a strict fake,', fakeWarehouse);
