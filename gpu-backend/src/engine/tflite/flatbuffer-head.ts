/** What a FlatBuffers field or vector may refer to: something new, or what lies at a position of the old file. */
export type FlatNode = NewNode | { readonly kind: 'old'; readonly position: number };

type NewNode =
  | { readonly kind: 'table'; readonly fields: readonly FlatField[] }
  | { readonly kind: 'tables'; readonly items: readonly FlatNode[] }
  | { readonly kind: 'int32s'; readonly values: readonly number[] }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

/** A field by its number: a scalar of at most four bytes, or an offset. */
export type FlatField = readonly [field: number, value: number | FlatNode];

const WORD = 4;
/** The schema wants the contents of buffers aligned so; the old file keeps its alignment too. */
const ALIGNMENT = 16;

/**
 * The old file behind a new root: what the root refers to may be new or old.
 *
 * Offsets of FlatBuffers only point forward, so everything new is written first and its children after it. The old
 * bytes are copied once and not looked at.
 */
export function prependHead(root: FlatNode, identifier: string, old: Uint8Array): Uint8Array {
  const writer = new HeadWriter(2 * WORD);
  writer.words.set(1, Buffer.from(identifier, 'latin1').readInt32LE());
  writer.refer(0, root);
  return writer.finish(old);
}

/** Everything is written in words: the bytes of a scalar that is narrower are the word's first. */
class HeadWriter {
  /** The word at each index; absent ones are 0. */
  readonly words = new Map<number, number>();
  readonly #toOld: { readonly at: number; readonly position: number }[] = [];
  readonly #pending: { readonly at: number; readonly node: FlatNode }[] = [];
  #end: number;

  constructor(startBytes: number) {
    this.#end = startBytes;
  }

  /** Makes the word at byte `at` an offset to `node`. */
  refer(at: number, node: FlatNode): void {
    this.#pending.push({ at, node });
  }

  finish(old: Uint8Array): Uint8Array {
    // Grows while it is walked: each node adds its children.
    for (const { at, node } of this.#pending) {
      if (node.kind === 'old') {
        this.#toOld.push({ at, position: node.position });
      } else {
        this.#set(at, this.#write(node) - at);
      }
    }
    const headBytes = Math.ceil(this.#end / ALIGNMENT) * ALIGNMENT;
    for (const { at, position } of this.#toOld) {
      this.#set(at, headBytes + position - at);
    }
    const file = Buffer.alloc(headBytes + old.length);
    for (const [index, word] of this.words) {
      file.writeInt32LE(word, index * WORD);
    }
    file.set(old, headBytes);
    return file;
  }

  /** Returns where the node begins. */
  #write(node: NewNode): number {
    switch (node.kind) {
      case 'table':
        return this.#table(node.fields);
      case 'tables': {
        const start = this.#vector(node.items.length, node.items.length * WORD);
        for (const [index, item] of node.items.entries()) {
          this.refer(start + (1 + index) * WORD, item);
        }
        return start;
      }
      case 'int32s':
        return this.#bytes(node.values.length, new Uint8Array(Int32Array.from(node.values).buffer));
      case 'bytes':
        return this.#bytes(node.bytes.length, node.bytes);
    }
  }

  /** The table's own bytes follow its list of field offsets. */
  #table(fields: readonly FlatField[]): number {
    const slots = 1 + Math.max(-1, ...fields.map(([field]) => field));
    const vtable = Buffer.alloc(Math.ceil((WORD + slots * 2) / WORD) * WORD);
    vtable.writeUInt16LE(WORD + slots * 2, 0);
    vtable.writeUInt16LE((1 + fields.length) * WORD, 2);
    for (const [index, [field]] of fields.entries()) {
      vtable.writeUInt16LE((1 + index) * WORD, WORD + field * 2);
    }
    const start = this.#put(vtable) + vtable.length;
    this.#end += (1 + fields.length) * WORD;
    this.#set(start, vtable.length);
    for (const [index, [, value]] of fields.entries()) {
      const at = start + (1 + index) * WORD;
      if (typeof value === 'number') {
        this.#set(at, value);
      } else {
        this.refer(at, value);
      }
    }
    return start;
  }

  /** Ends with a zero word at least, as texts want. */
  #bytes(count: number, bytes: Uint8Array): number {
    const start = this.#vector(count, Math.ceil((bytes.length + 1) / WORD) * WORD);
    const padded = Buffer.alloc(Math.ceil(bytes.length / WORD) * WORD);
    padded.set(bytes);
    for (let at = 0; at < padded.length; at += WORD) {
      this.#set(start + WORD + at, padded.readInt32LE(at));
    }
    return start;
  }

  /** Room for a count and what follows it, which lies aligned. */
  #vector(count: number, contentBytes: number): number {
    const content = Math.ceil((this.#end + WORD) / ALIGNMENT) * ALIGNMENT;
    this.#end = content + contentBytes;
    this.#set(content - WORD, count);
    return content - WORD;
  }

  #put(bytes: Buffer): number {
    const start = this.#end;
    for (let at = 0; at < bytes.length; at += WORD) {
      this.#set(start + at, bytes.readInt32LE(at));
    }
    this.#end += bytes.length;
    return start;
  }

  #set(at: number, word: number): void {
    this.words.set(at / WORD, word | 0);
  }
}
