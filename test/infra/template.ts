/** A CloudFormation template as `serverless package` writes it. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Parameters?: Readonly<Record<string, { readonly Type: string; readonly Default?: unknown }>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Outputs?: Readonly<
    Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: unknown } }>
  >;
}

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
  readonly DeletionPolicy?: string;
}

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The name and the argument of `{ Ref: ... }`, `{ 'Fn::Sub': ... }` and so on; undefined for anything else. */
export function intrinsicOf(value: unknown): readonly [name: string, argument: unknown] | undefined {
  if (!isObject(value)) {
    return undefined;
  }
  const [entry, another] = Object.entries(value);
  return entry !== undefined && another === undefined && /^(Ref|Condition|Fn::\w+)$/.test(entry[0]) ? entry : undefined;
}

/** Calls `visit` for a value and for everything in it, with the way that leads there. */
export function walk(value: unknown, visit: (value: unknown, path: string) => void, path = ''): void {
  visit(value, path);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      walk(item, visit, `${path}[${index}]`);
    }
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      walk(item, visit, path === '' ? key : `${path}.${key}`);
    }
  }
}

/** The resources of a type, by logical id. */
export function resourcesOf(template: Template, type: string): readonly (readonly [string, Json])[] {
  return Object.entries(template.Resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([id, { Properties = {} }]) => [id, Properties] as const);
}
