/**
 * Message types as data, as much of protobuf as configuration files need, with the TypeScript type of their values.
 * Fields keep their names from the .proto files; unset ones have proto3's defaults, messages are undefined.
 */

declare const typeOfValue: unique symbol;

interface ScalarValues {
  readonly string: string;
  readonly bool: boolean;
  readonly int32: number;
  readonly uint32: number;
  /** Safe integers only. */
  readonly int64: number;
  readonly double: number;
}

export type Scalar = keyof ScalarValues;

/** Numbers without a name are values, too. */
export interface EnumType {
  readonly kind: 'enum';
  readonly name: string;
  readonly numbers: ReadonlyMap<string, number>;
}

export interface MessageType<T = unknown> {
  readonly kind: 'message';
  readonly name: string;
  readonly fields: ReadonlyMap<string, FieldType>;
  readonly [typeOfValue]?: T; // exists for the compiler only
}

/** A google.protobuf.Any that must hold `holds`. */
export interface AnyType {
  readonly kind: 'any';
  readonly holds: MessageType;
}

/** `opaque` is anything at all: whether it is set is known, what it holds is not looked at. */
export type ValueType = Scalar | EnumType | MessageType | AnyType | 'opaque';

export interface FieldType<T = unknown> {
  readonly number: number;
  readonly type: ValueType;
  readonly form: 'singular' | 'repeated' | 'map';
  /** Of the fields of one message with the same name here, one is set at most. */
  readonly oneof: string | undefined;
  readonly [typeOfValue]?: T; // exists for the compiler only
}

type Fields = Readonly<Record<string, FieldType>>;
type ValuesOf<F extends Fields> = { readonly [Name in keyof F]: F[Name] extends FieldType<infer T> ? T : never };

/** What values of a message type are. */
export type ValueOf<M> = M extends MessageType<infer T> ? T : never;

export function messageType<F extends Fields>(name: string, fields: F): MessageType<ValuesOf<F>> {
  return { kind: 'message', name, fields: new Map(Object.entries(fields)) };
}

export function scalar<S extends Scalar>(number: number, type: S): FieldType<ScalarValues[S]> {
  return { number, type, form: 'singular', oneof: undefined };
}

export function enumeration(
  number: number,
  name: string,
  numbers: Readonly<Record<string, number>>,
): FieldType<number> {
  const type: EnumType = { kind: 'enum', name, numbers: new Map(Object.entries(numbers)) };
  return { number, type, form: 'singular', oneof: undefined };
}

export function embedded<T>(number: number, type: MessageType<T>, oneof?: string): FieldType<T | undefined> {
  return { number, type, form: 'singular', oneof };
}

/** A google.protobuf.Int64Value and the like: a scalar that tells unset from 0. */
export function wrapper<S extends Scalar>(
  number: number,
  type: S,
): FieldType<{ readonly value: ScalarValues[S] } | undefined> {
  return embedded(number, messageType(`google.protobuf.${WRAPPERS[type]}`, { value: scalar(1, type) }));
}

const WRAPPERS: Readonly<Record<Scalar, string>> = {
  string: 'StringValue',
  bool: 'BoolValue',
  int32: 'Int32Value',
  uint32: 'UInt32Value',
  int64: 'Int64Value',
  double: 'DoubleValue',
};

export function anyOf<T>(number: number, holds: MessageType<T>): FieldType<T | undefined> {
  return { number, type: { kind: 'any', holds }, form: 'singular', oneof: undefined };
}

export function opaque(number: number, oneof?: string): FieldType<boolean> {
  return { number, type: 'opaque', form: 'singular', oneof };
}

export function repeatedScalar<S extends Scalar>(number: number, type: S): FieldType<readonly ScalarValues[S][]> {
  return { number, type, form: 'repeated', oneof: undefined };
}

export function repeated<T>(number: number, type: MessageType<T>): FieldType<readonly T[]> {
  return { number, type, form: 'repeated', oneof: undefined };
}

export function scalarMap<S extends Scalar>(number: number, type: S): FieldType<ReadonlyMap<string, ScalarValues[S]>> {
  return { number, type: entryType(scalar(2, type)), form: 'map', oneof: undefined };
}

export function messageMap<T>(number: number, type: MessageType<T>): FieldType<ReadonlyMap<string, T>> {
  return { number, type: entryType(embedded(2, type)), form: 'map', oneof: undefined };
}

function entryType(value: FieldType): MessageType {
  return messageType('map entry', { key: scalar(1, 'string'), value });
}
