import { intrinsicOf, isObject, type Template, walk } from './template.ts';

/** One place of a template that names a resource, a parameter, a condition or an export. */
export interface Reference {
  /** Logical id of the resource that it is in, or the section. */
  readonly from: string;
  readonly kind: 'value' | 'attribute' | 'condition' | 'import' | 'order';
  readonly to: string;
  /** Of kind attribute. */
  readonly attribute?: string;
}

/** Every reference in the template. */
export function referencesOf(template: Template): readonly Reference[] {
  const references: Reference[] = [];
  const collect = (from: string, value: unknown): void =>
    walk(value, (item) => references.push(...referencesIn(from, item)));
  for (const [id, { Properties, DependsOn = [], Condition }] of Object.entries(template.Resources)) {
    collect(id, Properties);
    references.push(...[DependsOn].flat().map((to) => ({ from: id, kind: 'order', to }) as const));
    if (Condition !== undefined) {
      references.push({ from: id, kind: 'condition', to: Condition });
    }
  }
  collect('Conditions', template.Conditions);
  collect('Outputs', template.Outputs);
  return references;
}

/** References to nothing: names that the template does not define, imports that none of `exports` provides. */
export function danglingReferences(template: Template, exports: ReadonlySet<string>): readonly string[] {
  return referencesOf(template)
    .filter((reference) => !isDefined(template, exports, reference))
    .map(({ from, kind, to }) => `${from}: no ${kind} ${to}`);
}

/** The names under which the template offers values to other stacks. */
export function exportsOf(template: Template): readonly string[] {
  return Object.values(template.Outputs ?? {}).flatMap(({ Export }) =>
    typeof Export?.Name === 'string' ? [Export.Name] : [],
  );
}

/** The resources that need each other, in a circle; undefined where there is none. */
export function cycleOf(template: Template): readonly string[] | undefined {
  const needs = Map.groupBy(
    referencesOf(template).filter(
      ({ from, kind, to }) => kind !== 'condition' && to in template.Resources && from !== to,
    ),
    ({ from }) => from,
  );
  const done = new Set<string>();
  const visit = (id: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(id)) {
      return [...path.slice(path.indexOf(id)), id];
    }
    if (done.has(id)) {
      return undefined;
    }
    for (const { to } of needs.get(id) ?? []) {
      const cycle = visit(to, [...path, id]);
      if (cycle !== undefined) {
        return cycle;
      }
    }
    done.add(id);
    return undefined;
  };
  for (const id of Object.keys(template.Resources)) {
    const cycle = visit(id, []);
    if (cycle !== undefined) {
      return cycle;
    }
  }
  return undefined;
}

function isDefined(template: Template, exports: ReadonlySet<string>, { kind, to }: Reference): boolean {
  switch (kind) {
    case 'value':
      return to.startsWith('AWS::') || to in template.Resources || to in (template.Parameters ?? {});
    case 'attribute':
    case 'order':
      return to in template.Resources;
    case 'condition':
      return to in (template.Conditions ?? {});
    case 'import':
      return exports.has(to);
  }
}

function referencesIn(from: string, value: unknown): readonly Reference[] {
  const [name, argument] = intrinsicOf(value) ?? [];
  switch (name) {
    case 'Ref':
      return [{ from, kind: 'value', to: String(argument) }];
    case 'Condition':
      // The same key holds the conditions of a policy's statement.
      return typeof argument === 'string' ? [{ from, kind: 'condition', to: argument }] : [];
    case 'Fn::If':
      return Array.isArray(argument) ? [{ from, kind: 'condition', to: String(argument[0]) }] : [];
    case 'Fn::GetAtt': {
      const [to = '', ...attribute] = Array.isArray(argument) ? argument.map(String) : String(argument).split('.');
      return [{ from, kind: 'attribute', to, attribute: attribute.join('.') }];
    }
    case 'Fn::ImportValue':
      return [{ from, kind: 'import', to: typeof argument === 'string' ? argument : JSON.stringify(argument) }];
    case 'Fn::Sub':
      return substitutionsIn(from, argument);
    default:
      return [];
  }
}

function substitutionsIn(from: string, argument: unknown): readonly Reference[] {
  const [text, given = {}] = Array.isArray(argument) ? argument : [argument];
  const own = new Set(isObject(given) ? Object.keys(given) : []);
  return [...String(text).matchAll(/\$\{([^!}][^}]*)\}/g)]
    .map(([, name = '']) => name)
    .filter((name) => !own.has(name))
    .map((name) => {
      const [to = '', ...attribute] = name.split('.');
      return attribute.length === 0
        ? { from, kind: 'value', to }
        : { from, kind: 'attribute', to, attribute: attribute.join('.') };
    });
}
