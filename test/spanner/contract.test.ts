import { warehouseContract } from '../contracts/warehouse.ts';
import { mortal, newAddress, WHAT } from './database.ts';

warehouseContract(WHAT, async () => mortal(await newAddress()));
