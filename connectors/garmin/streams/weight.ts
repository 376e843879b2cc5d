import { stream } from '@tidemill/kit';
import { instantOfMs } from '../columns.ts';
import { byDays } from '../days.ts';
import { byRange, type RangeEnvelope } from '../read.ts';
import { WeightRow } from '../rows.ts';
import { Weight, WeightAnswer } from '../schema.ts';

const weighings: RangeEnvelope = { schema: WeightAnswer, records: 'dailyWeightSummaries.allWeightMetrics' };

const kilograms = (grams: number | null | undefined): number | null =>
  typeof grams === 'number' ? grams / 1000 : null;

export const weight = stream({
  ...byDays,
  name: 'weight',
  description: 'Weighings, one row each: there may be several a day.',
  source: Weight,
  row: WeightRow,
  key: ['sample_id'],
  indexes: ['calendar_date'],
  extract: (context) =>
    byRange(
      context,
      (start, end) => ({ path: `/weight-service/weight/range/${start}/${end}`, query: { includeAll: true } }),
      weighings,
    ),
  toRow: (sample) => ({
    sample_id: sample.samplePk,
    calendar_date: sample.calendarDate,
    measured_at: instantOfMs(sample.timestampGMT),
    weight_kg: sample.weight / 1000,
    bmi: sample.bmi ?? null,
    body_fat_percent: sample.bodyFat ?? null,
    body_water_percent: sample.bodyWater ?? null,
    bone_mass_kg: kilograms(sample.boneMass),
    muscle_mass_kg: kilograms(sample.muscleMass),
    source: sample.sourceType ?? null,
  }),
});
