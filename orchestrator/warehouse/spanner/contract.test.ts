/** The contract, on the strict fake: Google's emulator holds the driver to it in `test/spanner`. */
import { warehouseContract } from '../../../test/contracts/warehouse.ts';
import { fakeWarehouse } from '../../../test/fakes/spanner-tested.ts';

warehouseContract('spanner://, before a strict fake,', fakeWarehouse);
