import { ElementBudget, MessageBuilder } from './message-builder.ts';
import type { AnyType, FieldType, MessageType, ValueType } from './message-type.ts';
import { parseScalar } from './text-scalar.ts';
import { shown, TextTokens, type Token } from './text-tokens.ts';

/** Messages in messages; none of ours comes near. */
const MAX_DEPTH = 64;

/**
 * The message of this type that `text` holds in protobuf's text format. `place` says in errors where the text comes
 * from. Throws INVALID_ARGUMENT with line and column for whatever the type does not have: unknown fields, wrong types,
 * fields set twice.
 */
export function parseTextFormat<T>(type: MessageType<T>, text: string, place: string): T {
  const builder = new MessageBuilder(type, new ElementBudget());
  new TextParser(new TextTokens(text, type.name, place)).fields(builder);
  return builder.build() as T; // by the type that was given
}

class TextParser {
  readonly #tokens: TextTokens;
  #depth = 0;

  constructor(tokens: TextTokens) {
    this.#tokens = tokens;
  }

  /** All fields up to the end of the text. */
  fields(builder: MessageBuilder): void {
    while (this.#tokens.current.kind !== 'end') {
      this.#field(builder);
    }
  }

  #field(builder: MessageBuilder): void {
    const token = this.#tokens.current;
    const name = this.#fieldName(builder.type.name);
    const field = builder.type.fields.get(name);
    if (field === undefined) {
      throw this.#tokens.failure(`${builder.type.name} has no field "${name}"`, token);
    }
    const obstacle = field.form === 'singular' ? builder.obstacle(name, field) : undefined;
    if (obstacle !== undefined) {
      const problem = obstacle === name ? 'is set twice' : `is set beside "${obstacle}", which excludes it`;
      throw this.#tokens.failure(`the field "${name}" of ${builder.type.name} ${problem}`, token);
    }
    this.#values(builder, name, field);
    this.#takeSeparator();
  }

  #fieldName(message: string): string {
    const { current } = this.#tokens;
    if (current.kind === 'symbol' && current.text === '[') {
      throw this.#tokens.failure(`extensions of ${message} are not supported`);
    }
    if (current.kind !== 'name') {
      throw this.#tokens.failure(`the name of a field of ${message} is expected, not ${shown(current)}`);
    }
    return this.#tokens.take().text;
  }

  #takeSeparator(): void {
    if (!this.#tokens.takeSymbol(';')) {
      this.#tokens.takeSymbol(',');
    }
  }

  /** One value, or a list of them in brackets. */
  #values(builder: MessageBuilder, name: string, field: FieldType): void {
    const { type } = field;
    const hasColon = this.#tokens.takeSymbol(':');
    if (type === 'opaque') {
      this.#skipValue(hasColon);
      builder.add(name, field, true);
      return;
    }
    if (!hasColon && (typeof type === 'string' || type.kind === 'enum')) {
      throw this.#tokens.failure(`":" is expected after "${name}", not ${shown(this.#tokens.current)}`);
    }
    if (field.form !== 'singular' && this.#tokens.takeSymbol('[')) {
      this.#list(() => this.#value(builder, name, field, type));
    } else {
      this.#value(builder, name, field, type);
    }
  }

  /** Elements up to the bracket that closes them. */
  #list(element: () => void): void {
    if (this.#tokens.takeSymbol(']')) {
      return;
    }
    do {
      element();
    } while (this.#tokens.takeSymbol(','));
    this.#expect(']');
  }

  #value(builder: MessageBuilder, name: string, field: FieldType, type: Exclude<ValueType, 'opaque'>): void {
    if (typeof type === 'string' || type.kind === 'enum') {
      builder.add(name, field, parseScalar(this.#tokens, name, type));
      return;
    }
    const token = this.#tokens.current;
    const close = this.#open(name);
    if (type.kind === 'any') {
      this.#any(builder, name, field, type);
      this.#expect(close);
      return;
    }
    const child = builder.child(name, field, type);
    this.#message(child, close);
    if (field.form === 'map' && !builder.claimKey(name, child)) {
      throw this.#tokens.failure(`"${name}" has this key twice`, token);
    }
  }

  #message(builder: MessageBuilder, close: string): void {
    this.#inside(close, () => this.#field(builder));
  }

  /** `[type.googleapis.com/the.Type] { … }` */
  #any(builder: MessageBuilder, name: string, field: FieldType, { holds }: AnyType): void {
    const token = this.#tokens.current;
    if (!this.#tokens.takeSymbol('[')) {
      throw this.#tokens.failure(`[type.googleapis.com/${holds.name}] is expected, not ${shown(token)}`);
    }
    const url = this.#untilBracket();
    if (!url.endsWith(`/${holds.name}`)) {
      throw this.#tokens.failure(`the type [${url}] has no meaning here, ${holds.name} has`, token);
    }
    this.#tokens.takeSymbol(':');
    const close = this.#open(name);
    this.#message(builder.child(name, field, holds), close);
    this.#takeSeparator();
  }

  /** The bracket that opens a message is taken; returns the one that closes it. */
  #open(name: string): '}' | '>' {
    if (this.#tokens.takeSymbol('{')) {
      return '}';
    }
    if (this.#tokens.takeSymbol('<')) {
      return '>';
    }
    throw this.#tokens.failure(`"${name}" is a message: "{" is expected, not ${shown(this.#tokens.current)}`);
  }

  #expect(symbol: string): void {
    if (!this.#tokens.takeSymbol(symbol)) {
      throw this.#tokens.failure(`"${symbol}" is expected, not ${shown(this.#tokens.current)}`);
    }
  }

  #untilBracket(): string {
    let text = '';
    while (!this.#tokens.takeSymbol(']')) {
      const token: Token = this.#tokens.take();
      if (token.kind === 'end' || token.kind === 'string') {
        throw this.#tokens.failure(`"]" is expected, not ${shown(token)}`, token);
      }
      text += token.text;
    }
    return text;
  }

  /** Whatever may follow a field's name. */
  #skipValue(hasColon: boolean): void {
    const { current } = this.#tokens;
    if (current.kind === 'symbol' && (current.text === '{' || current.text === '<')) {
      const close = this.#open('');
      this.#inside(close, () => this.#skipField());
      return;
    }
    if (!hasColon) {
      throw this.#tokens.failure(`":" or "{" is expected, not ${shown(current)}`);
    }
    if (this.#tokens.takeSymbol('[')) {
      this.#deeper(() => this.#list(() => this.#skipValue(true)));
      return;
    }
    this.#skipScalar();
  }

  #skipField(): void {
    if (this.#tokens.takeSymbol('[')) {
      this.#untilBracket();
    } else {
      this.#fieldName('this message');
    }
    this.#skipValue(this.#tokens.takeSymbol(':'));
    this.#takeSeparator();
  }

  #skipScalar(): void {
    this.#tokens.takeSymbol('-');
    const token = this.#tokens.take();
    if (token.kind === 'symbol' || token.kind === 'end') {
      throw this.#tokens.failure(`a value is expected, not ${shown(token)}`, token);
    }
    while (token.kind === 'string' && this.#tokens.current.kind === 'string') {
      this.#tokens.take();
    }
  }

  /** Fields up to `close`, which is taken, too. */
  #inside(close: string, field: () => void): void {
    this.#deeper(() => {
      while (!this.#tokens.takeSymbol(close)) {
        if (this.#tokens.current.kind === 'end') {
          this.#expect(close);
        }
        field();
      }
    });
  }

  /** What is too deep could exhaust the stack. */
  #deeper(act: () => void): void {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) {
      throw this.#tokens.failure(`messages are nested deeper than ${MAX_DEPTH} levels`);
    }
    act();
    this.#depth -= 1;
  }
}
