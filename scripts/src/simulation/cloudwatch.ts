import type { Clock } from '@tensorfleet/core';

export type MetricName = 'QueueTime' | 'BusyRatio' | 'Requests' | 'NoBackend';

interface Point {
  readonly at: number;
  readonly value: number;
  /** When CloudWatch can tell it: log drivers collect for seconds, and metrics are made of the lines then. */
  readonly visibleAt: number;
}

/** Metrics as someone sees them who looks at `now`. */
export interface MetricView {
  readonly now: number;
  /** Of the points in [from, to) that are visible; undefined where there are none. */
  average(name: MetricName, from: number, to: number): number | undefined;
  sum(name: MetricName, from: number, to: number): number;
}

/** From a line on standard output to a point of a metric; seconds, assumed: 5 s of collecting, and some of processing. */
const INGESTION_S = [5, 20] as const;
const KEPT_MS = 30 * 60_000;

/** Points of metrics, which become visible late. */
export class SimulatedCloudWatch {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #random: () => number;
  readonly #points = new Map<MetricName, Point[]>();

  constructor(clock: Pick<Clock, 'now'>, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  put(name: MetricName, value: number): void {
    const at = this.#clock.now();
    const [least, most] = INGESTION_S;
    const points = this.#points.get(name) ?? [];
    points.push({ at, value, visibleAt: at + (least + (most - least) * this.#random()) * 1000 });
    if (points.length % 1000 === 0) {
      this.#points.set(
        name,
        points.filter((point) => point.at > at - KEPT_MS),
      );
    } else {
      this.#points.set(name, points);
    }
  }

  /** What can be told `delayMs` ago. */
  get view(): MetricView {
    const now = this.#clock.now();
    const within = (name: MetricName, from: number, to: number): readonly Point[] => {
      const found: Point[] = [];
      const points = this.#points.get(name) ?? [];
      for (let index = points.length - 1; index >= 0; index--) {
        const point = points[index];
        if (point === undefined || point.at < from) {
          break;
        }
        if (point.at < to && point.visibleAt <= now) {
          found.push(point);
        }
      }
      return found;
    };
    const sum = (name: MetricName, from: number, to: number): number =>
      within(name, from, to).reduce((total, { value }) => total + value, 0);
    return {
      now,
      sum,
      average(name, from, to) {
        const { length } = within(name, from, to);
        return length === 0 ? undefined : sum(name, from, to) / length;
      },
    };
  }
}
