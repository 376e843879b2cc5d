import { textTable } from '../../orchestrator/text/table.ts';
import type { Chain } from './campaign.ts';
import { type DriverName, drivers } from './places.ts';
import { stages } from './points.ts';

const COLUMNS = [...stages, 'random'] as const;
/** What every driver must have been killed at. */
const STAGES = COLUMNS.filter((stage) => stage !== 'other');

/** Kills and chains by driver and stage. */
export class Tally {
  readonly #cells = new Map<string, { kills: number; chains: number }>();
  kills = 0;
  violations = 0;

  add(driver: DriverName, { deaths, complaints }: Chain): void {
    this.kills += deaths.length;
    if (complaints.length > 0) this.violations += 1;
    for (const { stage } of deaths) this.#cell(driver, stage).kills += 1;
    for (const stage of new Set(deaths.map(({ stage }) => stage))) this.#cell(driver, stage).chains += 1;
  }

  /** Stages that nothing was killed at. */
  get spared(): string[] {
    return drivers.flatMap((driver) =>
      STAGES.filter((stage) => this.#cell(driver, stage).kills === 0).map((stage) => `${driver} ${stage}`),
    );
  }

  get table(): string {
    const rows = drivers.map((driver) => [
      driver,
      ...COLUMNS.map((stage) => {
        const { kills, chains } = this.#cell(driver, stage);
        return `${kills}/${chains}`;
      }),
    ]);
    return textTable(['kills/chains', ...COLUMNS], rows);
  }

  #cell(driver: DriverName, stage: string): { kills: number; chains: number } {
    const name = `${driver} ${stage}`;
    const cell = this.#cells.get(name) ?? { kills: 0, chains: 0 };
    this.#cells.set(name, cell);
    return cell;
  }
}
