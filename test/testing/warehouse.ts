/** What the test of a driver of warehouses needs: `@tidemill/testing/warehouse`. */
export { runCheck as runWarehouseCheck, warehouseChecks, warehouseContract } from '../contracts/warehouse.ts';
export { memoryWarehouse } from '../contracts/warehouse-memory.ts';
export {
  readable as readableInSql,
  type Tested as TestedWarehouse,
  type WarehouseCheck,
} from '../contracts/warehouse-samples.ts';
