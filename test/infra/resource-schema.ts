import { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec';
import { referencesOf } from './references.ts';
import { intrinsicOf, isObject, type Json, type Template } from './template.ts';

type SpecDatabase = Awaited<ReturnType<typeof loadAwsServiceSpec>>;
type Property = NonNullable<ReturnType<typeof resourceIn>>['properties'][string];
type PropertyType = Property['type'];
type Report = (problem: string) => void;

/** What AWS publishes of its resources: each type's properties and attributes. */
export class ResourceSchema {
  readonly #database: SpecDatabase;

  private constructor(database: SpecDatabase) {
    this.#database = database;
  }

  static async load(): Promise<ResourceSchema> {
    return new ResourceSchema(await loadAwsServiceSpec());
  }

  /**
   * Everything in a template's resources that AWS does not know: types, properties at any depth, attributes; and what it
   * misses or wants of another primitive type. Values that only a deployment knows count as right.
   */
  problems(template: Template): readonly string[] {
    const problems: string[] = [];
    for (const [id, { Type: type, Properties: properties = {} }] of Object.entries(template.Resources)) {
      const spec = resourceIn(this.#database, type);
      if (spec === undefined) {
        problems.push(`${id}: there is no resource type ${type}`);
      } else {
        this.#checkProperties(properties, spec.properties, id, (problem) => problems.push(problem));
      }
    }
    return [...problems, ...this.#attributeProblems(template)];
  }

  #checkProperties(given: Json, known: Readonly<Record<string, Property>>, path: string, report: Report): void {
    for (const [name, { required = false }] of Object.entries(known)) {
      if (required && given[name] === undefined) {
        report(`${path}.${name} is missing`);
      }
    }
    for (const [name, value] of Object.entries(given)) {
      const property = known[name];
      if (property === undefined) {
        report(`${path}.${name}: there is no such property`);
      } else {
        this.#check(value, [property.type, ...(property.previousTypes ?? [])], `${path}.${name}`, report);
      }
    }
  }

  /** One of the types has to fit; where none does, what the first says is reported. */
  #check(value: unknown, types: readonly PropertyType[], path: string, report: Report): void {
    const intrinsic = intrinsicOf(value);
    if (intrinsic !== undefined) {
      this.#checkBranches(intrinsic, types, path, report);
      return;
    }
    const findings = types.map((type) => {
      const found: string[] = [];
      this.#checkType(value, type, path, (problem) => found.push(problem));
      return found;
    });
    if (findings.every((found) => found.length > 0)) {
      findings[0]?.forEach(report);
    }
  }

  #checkBranches(
    [name, argument]: readonly [string, unknown],
    types: readonly PropertyType[],
    path: string,
    report: Report,
  ) {
    if (name === 'Fn::If' && Array.isArray(argument)) {
      for (const branch of argument.slice(1)) {
        this.#check(branch, types, path, report);
      }
    }
  }

  #checkType(value: unknown, type: PropertyType, path: string, report: Report): void {
    switch (type.type) {
      case 'array':
        if (!Array.isArray(value)) {
          report(`${path} is no list`);
          return;
        }
        for (const [index, item] of value.entries()) {
          this.#check(item, [type.element], `${path}[${index}]`, report);
        }
        return;
      case 'map':
        if (!isObject(value)) {
          report(`${path} is no map`);
          return;
        }
        for (const [key, item] of Object.entries(value)) {
          this.#check(item, [type.element], `${path}.${key}`, report);
        }
        return;
      case 'ref':
        if (!isObject(value)) {
          report(`${path} is no object`);
          return;
        }
        this.#checkProperties(value, this.#database.get('typeDefinition', type.reference).properties, path, report);
        return;
      case 'union':
        this.#check(value, type.types, path, report);
        return;
      case 'tag':
        this.#checkTag(value, path, report);
        return;
      default:
        if (!isPrimitive(value, type.type)) {
          report(`${path} is ${JSON.stringify(value)}, not a ${type.type}`);
        }
    }
  }

  #checkTag(value: unknown, path: string, report: Report): void {
    if (!isObject(value) || typeof value['Key'] !== 'string' || value['Value'] === undefined) {
      report(`${path} is no tag`);
    }
  }

  #attributeProblems(template: Template): readonly string[] {
    const problems: string[] = [];
    for (const { from, to, attribute } of referencesOf(template)) {
      const type = attribute === undefined ? undefined : template.Resources[to]?.Type;
      const spec = type === undefined ? undefined : resourceIn(this.#database, type);
      const isKnown = [spec?.attributes, spec?.properties].some((known) => known?.[attribute ?? ''] !== undefined);
      if (spec !== undefined && !isKnown) {
        problems.push(`${from}: ${type} has no attribute ${attribute}`);
      }
    }
    return problems;
  }
}

function resourceIn(database: SpecDatabase, type: string) {
  return database.lookup('resource', 'cloudFormationType', 'equals', type)[0];
}

/** CloudFormation takes numbers for strings and the other way round, as long as they can be read as such. */
function isPrimitive(value: unknown, type: string): boolean {
  switch (type) {
    case 'string':
    case 'date-time':
      return typeof value === 'string' || typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean' || value === 'true' || value === 'false';
    case 'integer':
      return /^-?\d+$/.test(String(value));
    case 'number':
      return typeof value !== 'boolean' && Number.isFinite(Number(value));
    default:
      return true;
  }
}
