/**
 * What Garmin Connect answers: only the fields that are used. There is no documentation; the fields are those that
 * https://github.com/cyberjunky/python-garminconnect and https://github.com/Pythe1337N/garmin-connect read.
 */
import { recordsHere } from '@tidemill/kit';
import { z } from 'zod';
import { count, epochMs, gmtText, label, measure } from './columns.ts';

const day = () => z.iso.date().nullable();

export const Activity = z.object({
  activityId: z.int(),
  activityName: label(),
  activityType: z.object({ typeKey: z.string() }),
  eventType: z.object({ typeKey: label() }).nullish(),
  startTimeGMT: gmtText(),
  startTimeLocal: label(),
  /** Metres. */
  distance: measure(),
  /** Seconds. */
  duration: measure(),
  movingDuration: measure(),
  elapsedDuration: measure(),
  /** Metres. */
  elevationGain: measure(),
  elevationLoss: measure(),
  /** Metres a second. */
  averageSpeed: measure(),
  maxSpeed: measure(),
  calories: measure(),
  averageHR: measure(),
  maxHR: measure(),
  steps: count(),
  deviceId: z.union([z.int(), z.bigint()]).nullish(),
  hasPolyline: z.boolean().nullish(),
});

export const Sleep = z.object({
  dailySleepDTO: z
    .object({
      /** The start in epoch milliseconds; null when the night was not recorded. */
      id: z.int().nullable(),
      calendarDate: day(),
      sleepStartTimestampGMT: epochMs(),
      sleepEndTimestampGMT: epochMs(),
      sleepTimeSeconds: count(),
      napTimeSeconds: count(),
      deepSleepSeconds: count(),
      lightSleepSeconds: count(),
      remSleepSeconds: count(),
      awakeSleepSeconds: count(),
      unmeasurableSleepSeconds: count(),
      awakeCount: count(),
      avgSleepStress: measure(),
      averageSpO2Value: measure(),
      averageRespirationValue: measure(),
      sleepScores: z.object({ overall: z.object({ value: count(), qualifierKey: label() }).nullish() }).nullish(),
    })
    .nullable(),
  sleepLevels: z.array(z.unknown()).nullish(),
  restingHeartRate: count(),
  bodyBatteryChange: count(),
  avgSkinTempDeviationC: measure(),
});

/** What tells a night from an answer that is none; the rest is checked when it is loaded. */
export const AnyNight = z.object({ dailySleepDTO: z.looseObject({}).nullable() });

export const HeartRate = z.object({
  calendarDate: day(),
  startTimestampGMT: gmtText().nullish(),
  endTimestampGMT: gmtText().nullish(),
  restingHeartRate: count(),
  minHeartRate: count(),
  maxHeartRate: count(),
  lastSevenDaysAvgRestingHeartRate: count(),
  /** `[epoch milliseconds, beats a minute or null]` every two minutes. */
  heartRateValues: z.array(z.tuple([z.int(), z.number().nullable()])).nullish(),
});

/** The same for a day of heart rates. */
export const AnyHeartRate = z.object({ calendarDate: z.string().nullable() });

export const Steps = z.object({
  calendarDate: day(),
  totalSteps: count(),
  totalDistance: measure(),
  stepGoal: count(),
});

export const Stress = z.object({
  calendarDate: day(),
  values: z
    .object({
      /** 0 to 100; -1 and -2 when it could not be measured. */
      overallStressLevel: count(),
      restStressDuration: count(),
      lowStressDuration: count(),
      mediumStressDuration: count(),
      highStressDuration: count(),
    })
    .nullable(),
});

export const Hrv = z.object({
  calendarDate: z.iso.date(),
  weeklyAvg: count(),
  lastNightAvg: count(),
  lastNight5MinHigh: count(),
  baseline: z.object({ lowUpper: count(), balancedLow: count(), balancedUpper: count() }).nullish(),
  status: label(),
  feedbackPhrase: label(),
});
/** The range's envelope: without its one field it is none, and would say that there is nothing. */
export const HrvAnswer = z.object({ hrvSummaries: recordsHere().nullable() });

export const BodyBattery = z.object({
  date: day(),
  charged: count(),
  drained: count(),
  /** Which place of a sample holds what. Not in every answer; then the level is the second one. */
  bodyBatteryValueDescriptorDTOList: z
    .array(z.object({ bodyBatteryValueDescriptorIndex: z.int(), bodyBatteryValueDescriptorKey: z.string() }))
    .nullish(),
  /** `[epoch milliseconds, …]`. */
  bodyBatteryValuesArray: z.array(z.array(z.unknown())).nullish(),
});

export const Weight = z.object({
  samplePk: z.int(),
  calendarDate: z.iso.date(),
  timestampGMT: epochMs(),
  /** Grams, as are the two masses. */
  weight: z.number(),
  boneMass: measure(),
  muscleMass: measure(),
  bmi: measure(),
  /** Percent. */
  bodyFat: measure(),
  bodyWater: measure(),
  sourceType: label(),
});
/** The same for weighings. */
export const WeightAnswer = z.object({
  dailyWeightSummaries: z.array(z.object({ allWeightMetrics: recordsHere().nullish() })).nullable(),
});
