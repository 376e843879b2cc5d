/** The silver rows. Metres, kilograms and seconds, instants in UTC, and the person's own calendar days. */
import { bigint, boolean, date, double, integer, jsonb, text, timestamptz } from '@tidemill/kit';
import { z } from 'zod';

const calendarDate = () => date().describe('Calendar day where the person was.');

export const ActivityRow = z.object({
  activity_id: bigint().describe('Identifier, as in https://connect.garmin.com/modern/activity/<id>.'),
  name: text().nullable().describe('Name the person or Garmin gave it.'),
  type: text().describe('Sport: `running`, `lap_swimming`, …'),
  event_type: text().nullable().describe('Kind of event: `race`, `training`, `uncategorized`, …'),
  started_at: timestamptz().describe('Start.'),
  started_at_local: text().nullable().describe('Start as the watch showed it: `2026-01-08 06:10:21`, without a zone.'),
  distance_m: double().nullable().describe('Distance in metres.'),
  duration_s: double().nullable().describe('Seconds the timer ran.'),
  moving_duration_s: double().nullable().describe('Seconds in motion.'),
  elapsed_duration_s: double().nullable().describe('Seconds from start to end, pauses included.'),
  elevation_gain_m: double().nullable().describe('Metres climbed.'),
  elevation_loss_m: double().nullable().describe('Metres descended.'),
  average_speed_mps: double().nullable().describe('Average speed, metres a second.'),
  max_speed_mps: double().nullable().describe('Highest speed, metres a second.'),
  calories_kcal: double().nullable().describe('Energy, kilocalories.'),
  average_heart_rate_bpm: double().nullable().describe('Average heart rate, beats a minute.'),
  max_heart_rate_bpm: double().nullable().describe('Highest heart rate, beats a minute.'),
  steps: integer().nullable().describe('Steps, for sports that have them.'),
  device_id: bigint().nullable().describe('Identifier of the device that recorded it.'),
  has_route: boolean().nullable().describe('Whether Garmin has a track of it.'),
});

export const SleepRow = z.object({
  calendar_date: date().describe('Calendar day on which the person woke up, where they were.'),
  started_at: timestamptz().nullable().describe('Fell asleep.'),
  ended_at: timestamptz().nullable().describe('Woke up.'),
  sleep_s: integer().nullable().describe('Seconds asleep.'),
  deep_s: integer().nullable().describe('Seconds in deep sleep.'),
  light_s: integer().nullable().describe('Seconds in light sleep.'),
  rem_s: integer().nullable().describe('Seconds in REM sleep.'),
  awake_s: integer().nullable().describe('Seconds awake in between.'),
  unmeasurable_s: integer().nullable().describe('Seconds the device could not judge.'),
  nap_s: integer().nullable().describe('Seconds of naps on that day.'),
  awake_count: integer().nullable().describe('How often the person woke up.'),
  score: integer().nullable().describe('Sleep score, 0 to 100.'),
  score_qualifier: text().nullable().describe('The score in a word: `POOR`, `FAIR`, `GOOD`, `EXCELLENT`.'),
  average_stress: double().nullable().describe('Average stress level while asleep, 0 to 100.'),
  average_spo2_percent: double().nullable().describe('Average oxygen saturation, percent.'),
  average_respiration_bpm: double().nullable().describe('Average breaths a minute.'),
  resting_heart_rate_bpm: integer().nullable().describe('Resting heart rate, beats a minute.'),
  body_battery_change: integer().nullable().describe('What the night did to the Body Battery.'),
  skin_temperature_deviation_c: double().nullable().describe('Deviation from the usual skin temperature, °C.'),
  levels: jsonb().nullable().describe('The phases one by one, as Garmin gives them: an array of start, end and level.'),
});

export const HeartRateRow = z.object({
  calendar_date: calendarDate(),
  resting_bpm: integer().nullable().describe('Resting heart rate, beats a minute.'),
  min_bpm: integer().nullable().describe('Lowest heart rate.'),
  max_bpm: integer().nullable().describe('Highest heart rate.'),
  resting_7_day_average_bpm: integer().nullable().describe('Average resting heart rate of the last seven days.'),
  started_at: timestamptz().nullable().describe('Begin of the calendar day.'),
  ended_at: timestamptz().nullable().describe('End of the calendar day; before midnight while it is not over.'),
  sample_count: integer().describe('How many samples have a value.'),
  samples: jsonb()
    .nullable()
    .describe('The samples, about every two minutes: an array of `[epoch milliseconds, beats a minute or null]`.'),
});

export const StepsRow = z.object({
  calendar_date: calendarDate(),
  steps: integer().nullable().describe('Steps of the day.'),
  distance_m: double().nullable().describe('Distance walked, metres.'),
  goal: integer().nullable().describe('Goal of the day, steps.'),
});

export const StressRow = z.object({
  calendar_date: calendarDate(),
  overall_level: integer().nullable().describe('Average stress level, 0 to 100; null when it could not be measured.'),
  rest_s: integer().nullable().describe('Seconds at rest (level 0 to 25).'),
  low_s: integer().nullable().describe('Seconds of low stress (26 to 50).'),
  medium_s: integer().nullable().describe('Seconds of medium stress (51 to 75).'),
  high_s: integer().nullable().describe('Seconds of high stress (76 to 100).'),
});

export const HrvRow = z.object({
  calendar_date: calendarDate(),
  last_night_average_ms: integer().nullable().describe('Heart rate variability of the night: average, milliseconds.'),
  last_night_5_min_high_ms: integer().nullable().describe('Highest five-minute average of the night, milliseconds.'),
  weekly_average_ms: integer().nullable().describe('Average of the last seven nights, milliseconds.'),
  baseline_low_upper_ms: integer().nullable().describe('Upper end of what is low for this person.'),
  baseline_balanced_low_ms: integer().nullable().describe('Lower end of what is balanced.'),
  baseline_balanced_upper_ms: integer().nullable().describe('Upper end of what is balanced.'),
  status: text().nullable().describe('`BALANCED`, `UNBALANCED`, `LOW`, `POOR` or `NONE`.'),
  feedback: text().nullable().describe("Key of Garmin's comment."),
});

export const BodyBatteryRow = z.object({
  calendar_date: calendarDate(),
  charged: integer().nullable().describe('How much was gained that day.'),
  drained: integer().nullable().describe('How much was spent that day.'),
  highest: integer().nullable().describe('Highest level, 0 to 100.'),
  lowest: integer().nullable().describe('Lowest level, 0 to 100.'),
  samples: jsonb().nullable().describe('The levels as Garmin gives them: an array of `[epoch milliseconds, …]`.'),
});

export const WeightRow = z.object({
  sample_id: bigint().describe('Identifier of the weighing.'),
  calendar_date: calendarDate(),
  measured_at: timestamptz().nullable().describe('When the person stood on the scale.'),
  weight_kg: double().describe('Weight, kilograms.'),
  bmi: double().nullable().describe('Body mass index.'),
  body_fat_percent: double().nullable().describe('Body fat, percent.'),
  body_water_percent: double().nullable().describe('Body water, percent.'),
  bone_mass_kg: double().nullable().describe('Bone mass, kilograms.'),
  muscle_mass_kg: double().nullable().describe('Muscle mass, kilograms.'),
  source: text().nullable().describe('Where it comes from: `INDEX_SCALE`, `MANUAL`, …'),
});
