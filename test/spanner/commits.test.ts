import { keepsItsPlace } from '../contracts/spanner-commits.ts';
import { newAddress, open } from './database.ts';

keepsItsPlace({ newAddress, open });
