import { warehouseContract } from '../contracts/warehouse.ts';
import { mortal, newDatabase } from './database.ts';

warehouseContract('spanner://', async () => mortal(await newDatabase()));
