import { warehouseContract } from '../contracts/warehouse.ts';
import { newDatabase, open } from './database.ts';

warehouseContract('spanner://', async () => open(await newDatabase()));
