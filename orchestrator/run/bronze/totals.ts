/** What the source told of how many records there are, held against those that came, list by list. */
export class Totals {
  #before = 0;
  #contradiction: string | undefined;

  /** The first one, as a sentence with both numbers. */
  get contradiction(): string | undefined {
    return this.#contradiction;
  }

  /** A list is out, and the package has so many records by now. */
  compare(told: readonly number[], records: number): void {
    const came = records - this.#before;
    const wrong = told.find((total) => total !== came);
    if (wrong !== undefined) this.#contradiction ??= `the source says that it has ${wrong} records, and ${came} came`;
    this.#before = records;
  }

  /** From here on everything is said, in a package of its own. */
  startOver(): void {
    this.#before = 0;
    this.#contradiction = undefined;
  }
}
