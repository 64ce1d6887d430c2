import type { Clock } from '@tensorfleet/core';
import type { ServiceCurve } from '../service-curve.ts';
import { SimulatedTask } from './simulated-task.ts';
import type { StartUp } from './start-up.ts';

export interface FleetOptions {
  readonly clock: Clock;
  readonly curve: ServiceCurve;
  readonly random: () => number;
  readonly startUp: StartUp;
  /** Called with each task once its server runs, before anybody knows of it. */
  readonly onStarted: (task: SimulatedTask) => void;
}

/** A place in the service: a task, or one to be. */
interface Seat {
  task: SimulatedTask | undefined;
  isVisible: boolean;
  isStopped: boolean;
}

/** Each step takes up to this much more or less than said. */
const SPREAD = 0.15;
/** ECS notices that an instance is gone, and starts another task. */
const NOTICE_DEATH_S = 60;

/**
 * Tasks, each with an instance of its own.
 * Invariants: `desired` seats are not stopped, those of dead tasks that nobody noticed included; an instance is billed
 * from the request for it until it has been without a task for `idleInstanceS`.
 */
export class SimulatedFleet {
  readonly #options: FleetOptions;
  #seats: Seat[] = [];
  #idleInstances: { readonly timer: Disposable }[] = [];
  #instances = 0;
  #billedMs = 0;
  #billedAt = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  get desired(): number {
    return this.#seats.length;
  }

  /** Tasks that the gateway knows, some of which may be dead. */
  get visible(): readonly SimulatedTask[] {
    return this.#seats.flatMap(({ task, isVisible }) => (isVisible && task !== undefined ? [task] : []));
  }

  has(task: SimulatedTask): boolean {
    return this.#seats.some((seat) => seat.task === task);
  }

  /** Tasks whose server runs. */
  get running(): number {
    return this.#seats.filter(({ task }) => task !== undefined && !task.isDead).length;
  }

  get instances(): number {
    return this.#instances;
  }

  /** Hours of all instances until now. */
  get instanceHours(): number {
    this.#bill();
    return this.#billedMs / 3_600_000;
  }

  setDesired(count: number): void {
    while (this.#seats.length < count) {
      this.#start();
    }
    while (this.#seats.length > count) {
      this.#stop();
    }
  }

  /** Tasks that are there from the beginning. */
  begin(count: number): void {
    for (let index = 0; index < count; index++) {
      this.#change(1);
      const seat: Seat = { task: undefined, isVisible: true, isStopped: false };
      this.#seats.push(seat);
      this.#open(seat);
    }
  }

  /** The host of the oldest task is lost. */
  killOldest(): void {
    const seat = this.#seats.find(({ task }) => task !== undefined && !task.isDead);
    seat?.task?.die();
    if (seat !== undefined) {
      this.#change(-1);
      this.#after(NOTICE_DEATH_S, () => {
        if (!seat.isStopped) {
          this.#seats = this.#seats.filter((other) => other !== seat);
          this.#start();
        }
      });
    }
  }

  #start(): void {
    const { startUp } = this.#options;
    const seat: Seat = { task: undefined, isVisible: false, isStopped: false };
    this.#seats.push(seat);
    const warm = this.#idleInstances.pop();
    warm?.timer[Symbol.dispose]();
    if (warm === undefined) {
      this.#change(1);
    }
    const placedS = warm === undefined ? startUp.decideS + startUp.bootS + startUp.pullS : 0;
    this.#after(this.#spread(placedS + startUp.loadS), () => {
      if (!seat.isStopped) {
        this.#open(seat);
        const knownS = this.#spread(startUp.registerS) + this.#options.random() * startUp.resolveS;
        this.#after(knownS, () => {
          seat.isVisible = true;
        });
      }
    });
  }

  #open(seat: Seat): void {
    seat.task = new SimulatedTask(this.#options);
    this.#options.onStarted(seat.task);
  }

  /** The youngest goes first; its instance when it has nothing left to do. */
  #stop(): void {
    const seat = this.#seats.pop();
    if (seat !== undefined) {
      seat.isStopped = true;
      if (seat.task?.isDead !== true) {
        this.#after(seat.task === undefined ? 0 : this.#options.startUp.drainS, () => this.#freeInstance());
      }
    }
  }

  #freeInstance(): void {
    const instance = {
      timer: this.#after(this.#options.startUp.idleInstanceS, () => {
        this.#idleInstances = this.#idleInstances.filter((other) => other !== instance);
        this.#change(-1);
      }),
    };
    this.#idleInstances.push(instance);
  }

  #change(instances: number): void {
    this.#bill();
    this.#instances += instances;
  }

  #bill(): void {
    const now = this.#options.clock.now();
    this.#billedMs += this.#instances * (now - this.#billedAt);
    this.#billedAt = now;
  }

  #after(seconds: number, run: () => void): Disposable {
    return this.#options.clock.schedule(seconds * 1000, run);
  }

  #spread(seconds: number): number {
    return seconds * (1 + SPREAD * (2 * this.#options.random() - 1));
  }
}
