import { invalidArgument, type NamedTensors, resourceExhausted, StatusError } from '@tensorfleet/core';
import { unzipSync } from 'fflate';
import { tensorFromNpy } from './npy.ts';

/** Arrays of one file; the count is a claim of the file. */
const MAX_ARRAYS = 1000;
/** All arrays of one file together, unpacked. */
const MAX_BYTES = 2 ** 31;
/** Deflate packs at most 1032 bytes into one, so a larger claim is a lie. */
const MAX_DEFLATE_RATIO = 1032;
const SUFFIX = '.npy';

/** Whether the bytes begin as a .npz (ZIP) file does. */
export function isNpz(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5);
}

/**
 * The arrays of a .npz file by name. Throws INVALID_ARGUMENT for broken files, RESOURCE_EXHAUSTED beyond 1000 arrays
 * or 2 GiB, both before anything is unpacked.
 */
export function tensorsFromNpz(bytes: Uint8Array): NamedTensors {
  if (!isNpz(bytes)) {
    throw invalidArgument('the file is no .npz file: it does not begin as a ZIP file does');
  }
  const files = unzip(bytes);
  if (files.length === 0) {
    throw invalidArgument('the .npz file holds no arrays');
  }
  return new Map(
    files.map(([path, content]) => {
      const name = path.slice(0, -SUFFIX.length);
      try {
        return [name, tensorFromNpy(content)] as const;
      } catch (reason) {
        const { code, message } = StatusError.from(reason);
        throw new StatusError(code, `array "${name}": ${message}`, { cause: reason });
      }
    }),
  );
}

/** Sizes are those of the central directory: numpy leaves them out of the headers before each file. */
function unzip(bytes: Uint8Array): readonly (readonly [path: string, content: Uint8Array])[] {
  let entries = 0;
  let total = 0;
  const sizes = new Map<string, number>();
  try {
    const files = unzipSync(bytes, {
      filter: ({ name, size, originalSize }) => {
        entries++;
        total += originalSize;
        if (entries > MAX_ARRAYS || total > MAX_BYTES) {
          throw resourceExhausted(`the .npz file has more than ${MAX_ARRAYS} arrays or ${MAX_BYTES} bytes`);
        }
        if (size > bytes.length || originalSize > size * MAX_DEFLATE_RATIO) {
          throw invalidArgument(
            `"${name}" in the .npz file claims ${originalSize} bytes from ${size} in a file of ${bytes.length}`,
          );
        }
        sizes.set(name, originalSize);
        return name.endsWith(SUFFIX);
      },
    });
    const contents = Object.entries(files);
    const short = contents.find(([name, content]) => content.length !== sizes.get(name));
    if (short !== undefined) {
      throw invalidArgument(`"${short[0]}" in the .npz file is cut short`);
    }
    return contents;
  } catch (reason) {
    if (StatusError.is(reason)) {
      throw reason;
    }
    throw invalidArgument(`the .npz file cannot be unpacked: ${StatusError.from(reason).message}`, {}, reason);
  }
}
