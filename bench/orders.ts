/** Invented orders of a shop, of about the size and shape that its API would give: most of what columns are made of. */

export interface SampleOrder {
  /** Of no order: whoever loads a table by it finds its rows anywhere. */
  readonly id: string;
  readonly number: number;
  readonly customer: string;
  readonly status: string;
  readonly placed_at: string;
  readonly updated_at: string;
  readonly delivered_at: string | null;
  readonly currency: string;
  readonly total: string;
  readonly tax: number;
  readonly weight_kg: number;
  readonly latitude: number;
  readonly longitude: number;
  readonly is_paid: boolean;
  readonly is_gift: boolean;
  readonly details: Readonly<Record<string, unknown>>;
}

const START = Date.UTC(2020, 0, 1);

const item = <T>(list: readonly [T, ...T[]], index: number): T => list[index % list.length] ?? list[0];

/** The fractional part of multiples of the golden ratio: spread evenly, and no two are near each other. */
const spread = (number: number): number => (number * 0.618_033_988_749_894_8) % 1;

/** An odd number, so that no two of the first 2^32 orders have the same id. */
const scrambled = (number: number): string => (Math.imul(number, 0x9e37_79b1) >>> 0).toString(16).padStart(8, '0');

export function sampleOrder(number: number): SampleOrder {
  const placed = START + number * 61_000;
  return {
    id: `ord_${scrambled(number)}`,
    number,
    customer: `Customer number ${(number * 7919) % 50_021}`,
    status: item(['placed', 'paid', 'shipped', 'delivered', 'returned'], number),
    placed_at: `${new Date(placed).toISOString().slice(0, 19)}Z`,
    updated_at: new Date(placed + ((number * 7919) % 86_400_000)).toISOString(),
    delivered_at: number % 3 === 0 ? null : `${new Date(placed + 172_800_000).toISOString().slice(0, 19)}+02:00`,
    currency: item(['EUR', 'USD', 'CHF'], number),
    total: (spread(number) * 1000).toFixed(2),
    tax: Math.round(spread(number) * 19_000) / 100,
    weight_kg: Math.round(spread(number + 1) * 30_000) / 1000,
    latitude: spread(number + 2) * 180 - 90,
    longitude: Math.round((spread(number + 3) * 360 - 180) * 1e6) / 1e6,
    is_paid: number % 5 !== 0,
    is_gift: number % 11 === 0,
    details: {
      channel: item(['web', 'app', 'shop'], number),
      lines: [number % 10, number % 20, number % 30],
      note: 'Leave it at the door. '.repeat(number % 8),
      coupon: null,
    },
  };
}

/** The columns of its table. */
export const ORDER_COLUMNS = {
  id: 'text',
  number: 'bigint',
  customer: 'text',
  status: 'text',
  placed_at: 'timestamptz',
  updated_at: 'timestamptz',
  delivered_at: 'timestamptz',
  currency: 'text',
  total: 'numeric',
  tax: 'numeric',
  weight_kg: 'double',
  latitude: 'double',
  longitude: 'double',
  is_paid: 'boolean',
  is_gift: 'boolean',
  details: 'jsonb',
} as const;
