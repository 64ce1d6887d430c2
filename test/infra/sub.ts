import type { Json } from './template.ts';

/** `Fn::Sub` of a text in which angle brackets stand for `${}`. */
export function sub(text: string, values?: Json): Json {
  const template = text.replaceAll(/<([^>]+)>/g, '$${$1}');
  return { 'Fn::Sub': values === undefined ? template : [template, values] };
}
