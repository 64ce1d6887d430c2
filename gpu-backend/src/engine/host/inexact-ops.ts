import type { HostAttributes } from './host-op.ts';

const JPEG =
  'its answers may differ from TensorFlow by a few levels of 255, which strict conversion does not allow; ' +
  'with dct_method INTEGER_ACCURATE they are the same';
const ANY_PICTURE =
  'it also takes JPEGs, whose answers may differ from TensorFlow, which strict conversion does not allow';

/** Why the answers of a host op may differ from TensorFlow's; undefined for the ops that answer the same bits. */
export function inexactness(op: string, attributes: HostAttributes): string | undefined {
  switch (op) {
    case 'DecodeJpeg':
      return attributes['dct_method'] === 'INTEGER_ACCURATE' ? undefined : JPEG;
    case 'DecodePng':
    case 'DecodeImage':
      return ANY_PICTURE;
    default:
      return undefined;
  }
}
