/** What happens to a fleet. Rates are in capacities of one task, so that they fit any model. */
export interface Scenario {
  readonly name: string;
  readonly minutes: number;
  /** Tasks at the beginning. */
  readonly tasks: number;
  /** Requests that arrive at a minute, in capacities of one task. */
  readonly rate: (minute: number) => number;
  /** Minutes at which the host of the oldest task is lost. */
  readonly deaths?: readonly number[];
}

const HOUR = 60;

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'from zero',
    minutes: 80,
    tasks: 0,
    rate: (minute) => (minute >= 5 && minute < 40 ? 0.6 : 0),
  },
  {
    name: 'burst of 10×',
    minutes: 75,
    tasks: 1,
    rate: (minute) => (minute >= 15 && minute < 30 ? 5 : 0.5),
  },
  {
    name: 'slow ramp',
    minutes: 90,
    tasks: 1,
    rate: (minute) => 0.3 + (2.7 * Math.min(minute, 75)) / 75,
  },
  {
    name: 'dying task',
    minutes: 35,
    tasks: 4,
    rate: () => 2.2,
    deaths: [10],
  },
];

/** Nothing from midnight to six, a peak at eleven and a higher one at 20 o'clock. */
export const DAY: Scenario = {
  name: 'a day',
  minutes: 24 * HOUR,
  tasks: 0,
  rate: (minute) => (minute < 6 * HOUR ? 0 : 0.15 + hill(minute, 11 * HOUR, 1.3) + hill(minute, 20 * HOUR, 2)),
};

function hill(minute: number, peak: number, height: number): number {
  return height * Math.exp(-(((minute - peak) / 110) ** 2));
}
