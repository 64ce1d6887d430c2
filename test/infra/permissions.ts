import { isObject, type Template, walk } from './template.ts';

/** A statement that allows more than named actions on named resources. */
export interface WildcardStatement {
  /** Logical id of the resource that it is in. */
  readonly resource: string;
  readonly sid: string | undefined;
}

/**
 * The statements of a template's policies that allow an action with a star in it, anything on every resource, or anything
 * to everyone. All objects of one bucket are no wildcard; all buckets are.
 */
export function wildcardStatements(template: Template): readonly WildcardStatement[] {
  return Object.entries(template.Resources).flatMap(([resource, { Properties }]) => {
    const found: WildcardStatement[] = [];
    walk(Properties, (value) => {
      if (isObject(value) && value['Effect'] === 'Allow' && isWide(value)) {
        found.push({ resource, sid: typeof value['Sid'] === 'string' ? value['Sid'] : undefined });
      }
    });
    return found;
  });
}

/** The Sids in a source that stand right below a comment which says why: `# "*": reason`. */
export function explainedSids(source: string): ReadonlySet<string> {
  return new Set([...source.matchAll(/# "\*": .+\n(?:\s*#.*\n)*\s*- Sid: (\w+)/g)].map(([, sid = '']) => sid));
}

function isWide(statement: Readonly<Record<string, unknown>>): boolean {
  return (
    textsOf(statement['Action']).some((action) => action.includes('*')) ||
    statement['NotAction'] !== undefined ||
    textsOf(statement['Resource']).some(isEveryResource) ||
    textsOf(statement['Principal']).includes('*')
  );
}

/** `*`, or an ARN that names no resource: `arn:aws:s3:::*`. */
function isEveryResource(resource: string): boolean {
  return resource === '*' || /^arn:[^:]*:[^:]*:[^:]*:[^:]*:\*/.test(resource.replaceAll(/\$\{[^}]*\}/g, 'x'));
}

/** All strings in a value. */
function textsOf(value: unknown): readonly string[] {
  const texts: string[] = [];
  walk(value, (item) => {
    if (typeof item === 'string') {
      texts.push(item);
    }
  });
  return texts;
}
