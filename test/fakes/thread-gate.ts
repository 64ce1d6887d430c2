const ENTERED = 0;
const OPEN = 1;
const LEFT = 2;

/** A gate that a worker thread stops at until the test opens it; `cells` is what is sent to the worker. */
export class ThreadGate {
  readonly cells: Int32Array;

  constructor(cells: Int32Array = new Int32Array(new SharedArrayBuffer(12))) {
    this.cells = cells;
  }

  /** In the worker: says that it is here, then blocks its thread until the gate is open. */
  pass(): void {
    Atomics.add(this.cells, ENTERED, 1);
    Atomics.notify(this.cells, ENTERED);
    Atomics.wait(this.cells, OPEN, 0);
  }

  /** In the worker: says that it has passed, and still runs. */
  leave(): void {
    Atomics.add(this.cells, LEFT, 1);
  }

  /** In the test: how many have left. */
  get left(): number {
    return Atomics.load(this.cells, LEFT);
  }

  /** In the test: resolves when a worker has come to the gate. */
  async entered(): Promise<void> {
    await Atomics.waitAsync(this.cells, ENTERED, 0).value;
  }

  /** In the test: lets every worker pass from now on; answers how many were waiting. */
  open(): number {
    Atomics.store(this.cells, OPEN, 1);
    return Atomics.notify(this.cells, OPEN);
  }
}
