import type { Reading } from '../plan/interval.ts';
import type { Ledger } from '../state/ledger.ts';
import type { Order, World } from './order.ts';
import type { Telling } from './telling.ts';

/** A run that holds its claim. */
export interface Work {
  /** Its interval is what the run reads. */
  readonly order: Order;
  readonly reads: Reading['what'];
  readonly world: World;
  readonly ledger: Ledger;
  readonly signal: AbortSignal;
  readonly telling: Telling;
}

/** Names of the warehouses that this run is about. */
export const loadsInto = ({ order, ledger }: Pick<Work, 'order' | 'ledger'>): readonly string[] =>
  (order.mode === 'replay' ? order.replayInto : undefined) ?? Object.keys(ledger.state.targets);
