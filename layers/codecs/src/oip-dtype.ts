import { type DType, invalidArgument, isDType } from '@tensorfleet/core';

/** The datatype of the Open Inference Protocol: strings are bytes there, every other dtype has the same name. */
export function dtypeToOip(dtype: DType): string {
  return dtype === 'STRING' ? 'BYTES' : dtype;
}

/** Throws INVALID_ARGUMENT for what names no datatype; names are in upper case. */
export function dtypeFromOip(datatype: string): DType {
  const dtype = datatype === 'BYTES' ? 'STRING' : datatype;
  if (datatype === 'STRING' || !isDType(dtype)) {
    throw invalidArgument(`datatype ${JSON.stringify(datatype)} is none of the Open Inference Protocol`);
  }
  return dtype;
}
