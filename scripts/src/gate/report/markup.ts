/** Text that is HTML or SVG already. Only `html` makes it, so that no other text gets into a page unescaped. */
export class Markup {
  readonly #text: string;

  constructor(pieces: readonly string[]) {
    this.#text = pieces.join('');
  }

  toString(): string {
    return this.#text;
  }
}

export type Content = string | number | Markup | undefined | readonly Content[];

/** Markup with content in its gaps: text is escaped for elements and quoted attributes, lists are joined, undefined is nothing. */
export function html(literals: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(literals.map((literal, i) => (i === 0 ? literal : contentOf(contents[i - 1]) + literal)));
}

function contentOf(content: Content): string {
  if (content instanceof Markup) {
    return content.toString();
  }
  if (isList(content)) {
    return content.map(contentOf).join('');
  }
  return content === undefined ? '' : escapeText(String(content));
}

/** Array.isArray, which does not narrow readonly arrays. */
function isList(content: Content): content is readonly Content[] {
  return Array.isArray(content);
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

/** Control characters, which HTML does not allow, become the sign for what cannot be shown. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES.get(sign) ?? '').replace(/[^\P{Cc}\t\n]/gu, '\uFFFD');
}
