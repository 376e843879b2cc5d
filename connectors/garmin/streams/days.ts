/**
 * What is measured all day is one row a day: that is what people compare, and it joins on the date. The samples behind it
 * stay with their day as JSON: as rows they would be 260,000 a year, and the resting heart rate would be none of them.
 */
import { stream } from '@tidemill/kit';
import { dayOf, instantOfGmt, isEmpty } from '../columns.ts';
import { byDays } from '../days.ts';
import { bareArray, byRange, dayByDay } from '../read.ts';
import { BodyBatteryRow, HeartRateRow, StepsRow, StressRow } from '../rows.ts';
import { AnyHeartRate, BodyBattery, HeartRate, Steps, Stress } from '../schema.ts';

export const heartRate = stream({
  ...byDays,
  name: 'heart_rate',
  description: 'Heart rate, one row a day with its samples.',
  source: HeartRate,
  row: HeartRateRow,
  key: ['calendar_date'],
  examples: [
    {
      question: 'Which days began best rested?',
      sql: `SELECT calendar_date, resting_bpm, max_bpm
FROM garmin.heart_rate
WHERE resting_bpm IS NOT NULL
ORDER BY resting_bpm, calendar_date DESC
LIMIT 7`,
    },
  ],
  extract: (context) =>
    dayByDay(
      context,
      (day) => ({ path: '/wellness-service/wellness/dailyHeartRate/', query: { date: day } }),
      AnyHeartRate,
    ),
  toRow(day) {
    const samples = day.heartRateValues ?? [];
    const measured = [day.restingHeartRate, day.minHeartRate, day.maxHeartRate];
    if (samples.length === 0 && isEmpty(...measured)) return [];
    return {
      calendar_date: dayOf(day.calendarDate),
      resting_bpm: day.restingHeartRate ?? null,
      min_bpm: day.minHeartRate ?? null,
      max_bpm: day.maxHeartRate ?? null,
      resting_7_day_average_bpm: day.lastSevenDaysAvgRestingHeartRate ?? null,
      started_at: instantOfGmt(day.startTimestampGMT),
      ended_at: instantOfGmt(day.endTimestampGMT),
      sample_count: samples.filter(([, bpm]) => bpm !== null).length,
      samples: samples.length === 0 ? null : samples,
    };
  },
});

export const steps = stream({
  ...byDays,
  name: 'steps',
  description: 'Steps, one row a day.',
  source: Steps,
  row: StepsRow,
  key: ['calendar_date'],
  extract: (context) =>
    byRange(context, (start, end) => ({ path: `/usersummary-service/stats/steps/daily/${start}/${end}` }), bareArray),
  toRow({ calendarDate, totalSteps, totalDistance, stepGoal }) {
    if (isEmpty(totalSteps, totalDistance)) return [];
    return {
      calendar_date: dayOf(calendarDate),
      steps: totalSteps ?? null,
      distance_m: totalDistance ?? null,
      goal: stepGoal ?? null,
    };
  },
});

/** Below zero: unmeasurable. */
const levelOf = (level: number | null | undefined): number | null =>
  typeof level === 'number' && level >= 0 ? level : null;

export const stress = stream({
  ...byDays,
  name: 'stress',
  description: 'Stress, one row a day.',
  source: Stress,
  row: StressRow,
  key: ['calendar_date'],
  extract: (context) =>
    byRange(context, (start, end) => ({ path: `/usersummary-service/stats/stress/daily/${start}/${end}` }), bareArray),
  toRow({ calendarDate, values }) {
    if (values === null || isEmpty(...Object.values(values))) return [];
    return {
      calendar_date: dayOf(calendarDate),
      overall_level: levelOf(values.overallStressLevel),
      rest_s: values.restStressDuration ?? null,
      low_s: values.lowStressDuration ?? null,
      medium_s: values.mediumStressDuration ?? null,
      high_s: values.highStressDuration ?? null,
    };
  },
});

export const bodyBattery = stream({
  ...byDays,
  name: 'body_battery',
  description: 'Body Battery, one row a day with its samples.',
  source: BodyBattery,
  row: BodyBatteryRow,
  key: ['calendar_date'],
  extract: (context) =>
    byRange(
      context,
      (startDate, endDate) => ({
        path: '/wellness-service/wellness/bodyBattery/reports/daily',
        query: { startDate, endDate },
      }),
      bareArray,
    ),
  toRow({ date, charged, drained, bodyBatteryValuesArray, bodyBatteryValueDescriptorDTOList: descriptors }) {
    const samples = bodyBatteryValuesArray ?? [];
    if (samples.length === 0 && isEmpty(charged, drained)) return [];
    const level = descriptors?.find(({ bodyBatteryValueDescriptorKey: key }) => key === 'bodyBatteryLevel');
    const place = level?.bodyBatteryValueDescriptorIndex ?? 1;
    const levels = samples.map((sample) => sample[place]).filter((value) => typeof value === 'number');
    return {
      calendar_date: dayOf(date),
      charged: charged ?? null,
      drained: drained ?? null,
      highest: levels.length === 0 ? null : Math.max(...levels),
      lowest: levels.length === 0 ? null : Math.min(...levels),
      samples: samples.length === 0 ? null : samples,
    };
  },
});
