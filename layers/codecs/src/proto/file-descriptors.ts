import { ByteReader } from './byte-reader.ts';
import { bytesTag } from './wire.ts';

/** One google.protobuf.FileDescriptorProto. */
export interface FileDescriptor {
  readonly name: string;
  /** The whole message. */
  readonly bytes: Uint8Array;
  /** Names of the files that it imports. */
  readonly imports: readonly string[];
  /** Full names of its messages, enums, services and methods. */
  readonly symbols: readonly string[];
}

const FILE = bytesTag(1);
const NAME = bytesTag(1);
const PACKAGE = bytesTag(2);
const IMPORT = bytesTag(3);

/** What has a name and may hold, by tag, other things that have one. */
interface Named extends ReadonlyMap<number, Named> {}

const LEAF: Named = new Map();
const SERVICE: Named = new Map([[bytesTag(2), LEAF]]);
const MESSAGE: Named = messageNames();
const TOP_LEVEL: Named = new Map([
  [bytesTag(4), MESSAGE],
  [bytesTag(5), LEAF],
  [bytesTag(6), SERVICE],
]);

function messageNames(): Named {
  const message = new Map<number, Named>([[bytesTag(4), LEAF]]);
  return message.set(bytesTag(3), message);
}

/** The files of a google.protobuf.FileDescriptorSet, in its order. */
export function decodeFileDescriptorSet(bytes: Uint8Array): readonly FileDescriptor[] {
  const reader = ByteReader.of(bytes, 'FileDescriptorSet');
  const files: FileDescriptor[] = [];
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === FILE) {
      files.push(decodeFileDescriptor(reader.bytes()));
    } else {
      reader.skip(tag);
    }
  }
  return files;
}

function decodeFileDescriptor(bytes: Uint8Array): FileDescriptor {
  const reader = ByteReader.of(bytes, 'FileDescriptorProto');
  const imports: string[] = [];
  const symbols: string[] = [];
  let name = '';
  let scope = '';
  while (reader.hasMore) {
    const tag = reader.tag();
    const kind = TOP_LEVEL.get(tag);
    if (tag === NAME) {
      name = reader.string();
    } else if (tag === PACKAGE) {
      scope = `${reader.string()}.`;
    } else if (tag === IMPORT) {
      imports.push(reader.string());
    } else if (kind === undefined) {
      reader.skip(tag);
    } else {
      symbols.push(...namesIn(reader.message('descriptor'), kind));
    }
  }
  return { name, bytes, imports, symbols: symbols.map((symbol) => `${scope}${symbol}`) };
}

/** The name of a thing, and those of what it holds below it. */
function namesIn(reader: ByteReader, kind: Named): readonly string[] {
  const held: string[] = [];
  let name = '';
  while (reader.hasMore) {
    const tag = reader.tag();
    const child = kind.get(tag);
    if (tag === NAME) {
      name = reader.string();
    } else if (child === undefined) {
      reader.skip(tag);
    } else {
      held.push(...namesIn(reader.message('descriptor'), child));
    }
  }
  return [name, ...held.map((one) => `${name}.${one}`)];
}
