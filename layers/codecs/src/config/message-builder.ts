import { invalidArgument } from '@tensorfleet/core';
import type { FieldType, MessageType } from './message-type.ts';

/** No configuration has as many elements; each takes far more memory than the bytes that it is written with. */
const MAX_ELEMENTS = 100_000;

/** How many elements all messages of one parse may still have. */
export class ElementBudget {
  #left = MAX_ELEMENTS;

  /** Throws INVALID_ARGUMENT when they are too many. */
  take(): void {
    this.#left -= 1;
    if (this.#left < 0) {
      throw invalidArgument(`the message has more than ${MAX_ELEMENTS} elements`);
    }
  }
}

/** A message that is being read: values and messages in it come one after another, in any order. */
export class MessageBuilder {
  readonly type: MessageType;
  readonly #budget: ElementBudget;
  /** Of repeated fields and maps an array; messages are builders. */
  readonly #values = new Map<string, unknown>();
  /** Of the entries of its maps. */
  readonly #keys = new Map<string, Set<unknown>>();

  constructor(type: MessageType, budget = new ElementBudget()) {
    this.type = type;
    this.#budget = budget;
  }

  /** The field that stands in the way of setting this one: itself, or another member of its oneof. */
  obstacle(name: string, { oneof }: FieldType): string | undefined {
    if (this.#values.has(name)) {
      return name;
    }
    return oneof === undefined ? undefined : this.#membersOf(oneof).find((member) => this.#values.has(member));
  }

  /** Sets a singular field, or appends to another. Other members of its oneof are unset. */
  add(name: string, field: FieldType, value: unknown): void {
    this.#budget.take();
    if (field.form === 'singular') {
      this.#unsetOthers(name, field);
      this.#values.set(name, value);
      return;
    }
    const values = this.#values.get(name);
    if (values === undefined) {
      this.#values.set(name, [value]);
    } else {
      (values as unknown[]).push(value); // of fields that are not singular there are arrays only
    }
  }

  /** The message in a field: a new one, or for a singular field that is set the one that it has. */
  child(name: string, field: FieldType, type: MessageType): MessageBuilder {
    const present = this.#values.get(name);
    if (field.form === 'singular' && present instanceof MessageBuilder) {
      return present;
    }
    const child = new MessageBuilder(type, this.#budget);
    this.add(name, field, child);
    return child;
  }

  /** Whether `entry` has a key that no entry of the map `name` had before. */
  claimKey(name: string, entry: MessageBuilder): boolean {
    const keys = this.#keys.get(name) ?? new Set();
    const key = entry.#values.get('key') ?? '';
    const isNew = !keys.has(key);
    this.#keys.set(name, keys.add(key));
    return isNew;
  }

  build(): unknown {
    return Object.fromEntries(
      Array.from(this.type.fields, ([name, field]) => [name, this.#built(field, this.#values.get(name))]),
    );
  }

  #built(field: FieldType, value: unknown): unknown {
    if (field.form === 'singular') {
      return value instanceof MessageBuilder ? value.build() : (value ?? absent(field));
    }
    const values = ((value ?? []) as readonly unknown[]).map(
      (
        element, // as above
      ) => (element instanceof MessageBuilder ? element.build() : element),
    );
    return field.form === 'repeated' ? values : mapOf(field, values);
  }

  #membersOf(oneof: string): readonly string[] {
    return Array.from(this.type.fields)
      .filter(([, field]) => field.oneof === oneof)
      .map(([name]) => name);
  }

  #unsetOthers(name: string, { oneof }: FieldType): void {
    for (const member of oneof === undefined ? [] : this.#membersOf(oneof)) {
      if (member !== name) {
        this.#values.delete(member);
      }
    }
  }
}

/** What proto3 gives for a singular field that is not set. */
function absent({ type }: FieldType): unknown {
  switch (type) {
    case 'string':
      return '';
    case 'bool':
    case 'opaque':
      return false;
    case 'int32':
    case 'uint32':
    case 'int64':
    case 'double':
      return 0;
    default:
      return type.kind === 'enum' ? 0 : undefined;
  }
}

/** Entries without a value have the empty one; of entries with the same key the last one counts. */
function mapOf({ type }: FieldType, values: readonly unknown[]): ReadonlyMap<string, unknown> {
  const entries = values as readonly { readonly key: string; readonly value: unknown }[]; // built by the type of entries
  const value = typeof type === 'object' && type.kind === 'message' ? type.fields.get('value')?.type : undefined;
  const empty = typeof value === 'object' && value.kind === 'message' ? new MessageBuilder(value) : undefined;
  return new Map(entries.map((entry) => [entry.key, entry.value ?? empty?.build()]));
}
