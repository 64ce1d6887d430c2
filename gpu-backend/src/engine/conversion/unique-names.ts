/** Hands out names, each once. */
export class UniqueNames {
  /** Taken names, with the number of the last name that was made of each. */
  readonly #taken: Map<string, number>;

  /** `reserved`: names that are taken from the start. */
  constructor(reserved: Iterable<string> = []) {
    this.#taken = new Map(Array.from(reserved, (name) => [name, 0]));
  }

  /** `hint`, or `hint.1`, `hint.2`... when that is taken. */
  take(hint: string): string {
    let name = hint;
    for (let count = this.#taken.get(hint); count !== undefined && this.#taken.has(name); ) {
      name = `${hint}.${++count}`;
      this.#taken.set(hint, count);
    }
    this.#taken.set(name, 0);
    return name;
  }
}
