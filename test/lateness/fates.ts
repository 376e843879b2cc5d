/** How each visit to the source goes: by the events of the month, and else by chance. */
import { DAY, HOUR, MINUTE } from './deliveries.ts';
import { events, type JobId } from './jobs.ts';
import type { Fate } from './leg.ts';
import type { Chance } from './random.ts';

export class Fates {
  /** Visits by how they went. */
  readonly counts = { well: 0, badly: 0, away: 0, killed: 0, frozen: 0 };
  readonly #start: number;
  readonly #chance: Chance;

  constructor(start: number, chance: Chance) {
    this.#start = start;
    this.#chance = chance;
  }

  /** `now` in milliseconds. From the end of the month on all goes well. */
  next(id: JobId, now: number): Fate {
    const fate = this.#fate(id, (now - this.#start) / DAY);
    this.counts[fate.how] += 1;
    return fate;
  }

  #fate(id: JobId, day: number): Fate {
    const { down, away, killed, frozen } = events;
    const lasts = this.#chance.spread(5000, 40 * MINUTE);
    const outage = [down, away].find((one) => id === one.job && day >= one.day && day < one.untilDay);
    if (day >= 30) return { how: 'well', lasts };
    if (outage !== undefined) return { how: outage.how, lasts };
    if (id === killed.job && day >= killed.day && this.counts.killed === 0) return this.#killed(lasts);
    if (id === frozen.job && day >= frozen.day && this.counts.frozen === 0) {
      return { how: 'frozen', lasts: lasts / 4, frozenFor: frozen.hours * HOUR };
    }
    const luck = this.#chance.next();
    if (luck < 0.06) return { how: 'badly', lasts };
    if (luck < 0.08) return this.#killed(lasts);
    if (luck < 0.12) return { how: 'away', lasts };
    if (luck >= 0.13) return { how: 'well', lasts };
    return { how: 'frozen', lasts: lasts / 4, frozenFor: this.#chance.spread(MINUTE, 10 * HOUR) };
  }

  #killed(lasts: number): Fate {
    return { how: 'killed', lasts: lasts / 4 };
  }
}
