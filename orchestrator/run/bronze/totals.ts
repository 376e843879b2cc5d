import { z } from 'zod';

/** What is known of totals in the middle of a listing. */
export const ToldTotals = z.object({
  /** Records of the lists that are out. */
  before: z.int().min(0),
  /** What the source has told of the list that is not. */
  told: z.array(z.number()),
  contradiction: z.string().optional(),
});
export type ToldTotals = z.infer<typeof ToldTotals>;

/** What the source told of how many records there are, held against those that came, list by list. */
export class Totals {
  #before: number;
  #told: readonly number[];
  #contradiction: string | undefined;

  /** Those of a run that has left the package open are held against the whole list as well. */
  constructor({ before, told, contradiction }: ToldTotals = { before: 0, told: [] }) {
    this.#before = before;
    this.#told = told;
    this.#contradiction = contradiction;
  }

  /** The first one, as a sentence with both numbers. */
  get contradiction(): string | undefined {
    return this.#contradiction;
  }

  /** In the middle of a list. */
  hear(told: readonly number[]): void {
    this.#told = [...new Set([...this.#told, ...told])];
  }

  /** A list is out, and the package has so many records by now. */
  compare(told: readonly number[], records: number): void {
    const came = records - this.#before;
    const wrong = [...this.#told, ...told].find((total) => total !== came);
    if (wrong !== undefined) this.#contradiction ??= `the source says that it has ${wrong} records, and ${came} came`;
    this.#before = records;
    this.#told = [];
  }

  /** From here on everything is said, in a package of its own. */
  startOver(): void {
    this.#before = 0;
    this.#told = [];
    this.#contradiction = undefined;
  }

  /** For whoever goes on. */
  snapshot(): ToldTotals {
    const contradiction = this.#contradiction;
    const told = [...this.#told];
    return { before: this.#before, told, ...(contradiction === undefined ? {} : { contradiction }) };
  }
}
