import { stream } from '@tidemill/kit';
import { dayOf, instantOfMs } from '../columns.ts';
import { byDays } from '../days.ts';
import { byRange, dayByDay, type RangeEnvelope } from '../read.ts';
import { HrvRow, SleepRow } from '../rows.ts';
import { AnyNight, Hrv, HrvAnswer, Sleep } from '../schema.ts';

export const sleep = stream({
  ...byDays,
  name: 'sleep',
  description: 'Nights, one row a calendar day on which the person woke up.',
  source: Sleep,
  row: SleepRow,
  key: ['calendar_date'],
  examples: [
    {
      question: 'How long and how well were the last nights?',
      sql: `SELECT calendar_date, sleep_s / 3600.0 AS hours, score
FROM garmin.sleep
ORDER BY calendar_date DESC
LIMIT 7`,
    },
  ],
  extract: (context) =>
    dayByDay(context, (day) => ({ path: '/sleep-service/sleep/dailySleepData', query: { date: day } }), AnyNight),
  toRow({ dailySleepDTO: night, ...day }) {
    if (night === null || night.id === null) return [];
    return {
      calendar_date: dayOf(night.calendarDate),
      started_at: instantOfMs(night.sleepStartTimestampGMT),
      ended_at: instantOfMs(night.sleepEndTimestampGMT),
      sleep_s: night.sleepTimeSeconds ?? null,
      deep_s: night.deepSleepSeconds ?? null,
      light_s: night.lightSleepSeconds ?? null,
      rem_s: night.remSleepSeconds ?? null,
      awake_s: night.awakeSleepSeconds ?? null,
      unmeasurable_s: night.unmeasurableSleepSeconds ?? null,
      nap_s: night.napTimeSeconds ?? null,
      awake_count: night.awakeCount ?? null,
      score: night.sleepScores?.overall?.value ?? null,
      score_qualifier: night.sleepScores?.overall?.qualifierKey ?? null,
      average_stress: night.avgSleepStress ?? null,
      average_spo2_percent: night.averageSpO2Value ?? null,
      average_respiration_bpm: night.averageRespirationValue ?? null,
      resting_heart_rate_bpm: day.restingHeartRate ?? null,
      body_battery_change: day.bodyBatteryChange ?? null,
      skin_temperature_deviation_c: day.avgSkinTempDeviationC ?? null,
      levels: day.sleepLevels ?? null,
    };
  },
});

const summaries: RangeEnvelope = { schema: HrvAnswer, records: 'hrvSummaries' };

export const hrv = stream({
  ...byDays,
  name: 'hrv',
  description: 'Heart rate variability while asleep, one row a night.',
  source: Hrv,
  row: HrvRow,
  key: ['calendar_date'],
  extract: (context) =>
    byRange(context, (start, end) => ({ path: `/hrv-service/hrv/daily/${start}/${end}` }), summaries),
  toRow: (night) => ({
    calendar_date: night.calendarDate,
    last_night_average_ms: night.lastNightAvg ?? null,
    last_night_5_min_high_ms: night.lastNight5MinHigh ?? null,
    weekly_average_ms: night.weeklyAvg ?? null,
    baseline_low_upper_ms: night.baseline?.lowUpper ?? null,
    baseline_balanced_low_ms: night.baseline?.balancedLow ?? null,
    baseline_balanced_upper_ms: night.baseline?.balancedUpper ?? null,
    status: night.status ?? null,
    feedback: night.feedbackPhrase ?? null,
  }),
});
