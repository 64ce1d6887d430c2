import { type DType, invalidArgument, isDType, type StatusError, unimplemented } from '@tensorfleet/core';
import type { HostAttributes } from './host-op.ts';

/**
 * Attributes that a graph may leave out have a `fallback`: exporters strip the values that are defaults in the op's
 * definition. Each reader throws INVALID_ARGUMENT for a value of another kind.
 */

export function textAttribute(attributes: HostAttributes, name: string, fallback?: string): string {
  const value = attributes[name] ?? fallback;
  if (typeof value !== 'string') {
    throw wrongKind(attributes, name, 'text');
  }
  return value;
}

export function numberAttribute(attributes: HostAttributes, name: string, fallback?: number): number {
  const value = attributes[name] ?? fallback;
  if (typeof value !== 'number') {
    throw wrongKind(attributes, name, 'a number');
  }
  return value;
}

export function booleanAttribute(attributes: HostAttributes, name: string, fallback?: boolean): boolean {
  const value = attributes[name] ?? fallback;
  if (typeof value !== 'boolean') {
    throw wrongKind(attributes, name, 'true or false');
  }
  return value;
}

/** Throws UNIMPLEMENTED for TensorFlow's dtypes that core does not have. */
export function dtypeAttribute(attributes: HostAttributes, name: string, fallback?: DType): DType {
  return dtypeNamed(textAttribute(attributes, name, fallback));
}

export function textsAttribute(attributes: HostAttributes, name: string): readonly string[] {
  return listAttribute(attributes, name, 'texts', (item) => typeof item === 'string');
}

export function numbersAttribute(attributes: HostAttributes, name: string): readonly number[] {
  return listAttribute(attributes, name, 'numbers', (item) => typeof item === 'number');
}

/** Throws UNIMPLEMENTED as `dtypeAttribute` does. */
export function dtypesAttribute(attributes: HostAttributes, name: string): readonly DType[] {
  return textsAttribute(attributes, name).map(dtypeNamed);
}

/** Shapes of known rank, null for unknown dimensions. */
export function shapesAttribute(attributes: HostAttributes, name: string): readonly (readonly (number | null)[])[] {
  const isShape = (item: unknown): item is readonly (number | null)[] =>
    Array.isArray(item) && item.every((dimension) => dimension === null || typeof dimension === 'number');
  return listAttribute(attributes, name, 'shapes', isShape);
}

function listAttribute<T>(
  attributes: HostAttributes,
  name: string,
  kind: string,
  isItem: (item: unknown) => item is T,
): readonly T[] {
  const value = attributes[name] ?? [];
  if (!Array.isArray(value) || !value.every(isItem)) {
    throw wrongKind(attributes, name, `a list of ${kind}`);
  }
  return value;
}

function dtypeNamed(name: string): DType {
  if (!isDType(name)) {
    throw unimplemented(`dtype ${name} is not supported`);
  }
  return name;
}

function wrongKind(attributes: HostAttributes, name: string, kind: string): StatusError {
  return invalidArgument(`attribute '${name}' is ${JSON.stringify(attributes[name])}, it has to be ${kind}`);
}
