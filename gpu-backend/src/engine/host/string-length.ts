import { unimplemented } from '@tensorfleet/core';
import { textAttribute } from './attributes.ts';
import type { HostAttributes, HostOp } from './host-op.ts';
import { stringsAt } from './inputs.ts';
import { integerTensor } from './outputs.ts';
import { countCharacters } from './utf8.ts';

export const stringLength: HostOp = (attributes) => {
  const isBytes = unitIsByte(attributes);
  return (inputs) => {
    const { shape, data } = stringsAt(inputs, 0);
    return [
      integerTensor(
        'INT32',
        shape,
        data.map((bytes) => (isBytes ? bytes.length : countCharacters(bytes))),
      ),
    ];
  };
};

/** The attribute `unit`: whether lengths and positions count bytes, not characters. */
export function unitIsByte(attributes: HostAttributes): boolean {
  const unit = textAttribute(attributes, 'unit', 'BYTE');
  if (unit !== 'BYTE' && unit !== 'UTF8_CHAR') {
    throw unimplemented(`the unit '${unit}' is not supported`);
  }
  return unit === 'BYTE';
}
