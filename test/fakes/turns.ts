import { type Clock, Code, StatusError } from '@tensorfleet/core';
import type { ObjectStore, StoreOperation } from '../../layers/repository/src/store/object-store.ts';
import { GatedStore, type GatePhase } from './gated-store.ts';

/** What becomes of the next operation of an actor: killed ones are never heard of again. */
export type Fate = 'goes on' | 'is killed before' | 'is killed after' | 'loses the answer';

interface Turn {
  readonly what: string;
  readonly take: (fate: Fate) => void;
}

/** Somebody who uses a store: one program of several that run at the same time. */
export interface Actor {
  readonly name: string;
  /** What it would do next; several when it does things in parallel. */
  readonly pending: readonly string[];
  readonly state: 'running' | 'done' | 'killed';
  /** How it ended. */
  readonly result: PromiseSettledResult<unknown> | undefined;
}

class Player implements Actor {
  readonly name: string;
  readonly turns: Turn[] = [];
  state: Actor['state'] = 'running';
  result: PromiseSettledResult<unknown> | undefined;
  /** Its operation that acts now. */
  acting: Fate | undefined;

  constructor(name: string) {
    this.name = name;
  }

  get pending(): readonly string[] {
    return this.turns.map(({ what }) => what);
  }

  get isQuiet(): boolean {
    return this.state !== 'running' || (this.acting === undefined && this.turns.length > 0);
  }
}

const NEVER = new Promise<void>(() => undefined);

/** Programs over one store of which one at a time does one thing; who and what becomes of it, is decided outside. */
export class Turns {
  readonly #store: ObjectStore;
  readonly #players: Player[] = [];
  #now = 0;
  #changed = Promise.withResolvers<void>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Milliseconds: one for each turn, and what was slept. */
  get now(): number {
    return this.#now;
  }

  /** Those that wait for their turn. */
  get waiting(): readonly Actor[] {
    return this.#players.filter(({ state }) => state === 'running');
  }

  /** Begins a program that uses the store and the clock it is given; resolves when it and all others wait or are over. */
  async begin(name: string, run: (store: ObjectStore, clock: Clock) => Promise<unknown>): Promise<Actor> {
    const player = new Player(name);
    this.#players.push(player);
    const store = new GatedStore(this.#store, (phase, operation, key) => this.#pass(player, phase, operation, key));
    void Promise.allSettled([run(store, this.#clockOf(player))]).then(([result]) => {
      player.result = result;
      player.state = 'done';
      this.#change();
    });
    await this.#quiet();
    return player;
  }

  /** Lets an actor do one of its pending operations; resolves when all wait or are over again. */
  async give(actor: Actor, which: number, fate: Fate): Promise<void> {
    const player = this.#players.find((each) => each === actor);
    const [turn] = player?.turns.splice(which % player.turns.length, 1) ?? [];
    this.#now++;
    turn?.take(fate);
    await this.#quiet();
  }

  async #pass(player: Player, phase: GatePhase, operation: StoreOperation, key: string): Promise<void> {
    if (phase === 'before') {
      const { promise, resolve } = Promise.withResolvers<Fate>();
      player.turns.push({ what: `${operation} ${key}`, take: resolve });
      this.#change();
      player.acting = await promise;
      return player.acting === 'is killed before' ? await this.#kill(player) : undefined;
    }
    const fate = player.acting;
    player.acting = undefined;
    this.#change();
    if (fate === 'is killed after') {
      await this.#kill(player);
    }
    if (fate === 'loses the answer' && phase === 'after' && operation === 'put') {
      // As an SDK's own repetition of a conditional write ends that had acted the first time.
      throw new StatusError(Code.Aborted, `the answer to ${operation} ${key} was lost`);
    }
  }

  #kill(player: Player): Promise<void> {
    player.state = 'killed';
    this.#change();
    return NEVER;
  }

  #clockOf(player: Player): Clock {
    return {
      now: () => this.#now,
      schedule: (delayMs, run) => {
        const due = this.#now + delayMs;
        const take = (fate: Fate): void => {
          this.#now = Math.max(this.#now, due);
          player.state = fate.startsWith('is killed') ? 'killed' : player.state;
          if (player.state === 'running') {
            run();
          }
        };
        const turn = { what: `sleep ${delayMs}`, take };
        player.turns.push(turn);
        this.#change();
        return {
          [Symbol.dispose]: () => {
            const index = player.turns.indexOf(turn);
            player.turns.splice(index, index < 0 ? 0 : 1);
          },
        };
      },
    };
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  async #quiet(): Promise<void> {
    // Whoever has just gone on may do several things in parallel: all of them come to a gate before this returns.
    await new Promise((next) => setImmediate(next));
    while (!this.#players.every(({ isQuiet }) => isQuiet)) {
      await this.#changed.promise;
      await new Promise((next) => setImmediate(next));
    }
  }
}
