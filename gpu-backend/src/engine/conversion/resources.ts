import type { NodeDef } from '../savedmodel/graph-def.ts';
import type { Constant } from './constant.ts';
import type { TableValue, VariableValue } from './value.ts';

/** What a graph refers to by handles: restored variables, filled tables, asset files. */
export interface Resources {
  /** Throws UNIMPLEMENTED when nothing restores the variable. */
  variable(node: NodeDef): VariableValue;
  /** Throws UNIMPLEMENTED when nothing that is understood fills the table. */
  table(node: NodeDef): TableValue;
  /** The value that the loader puts into a constant of the graph, such as the path of an asset; undefined for others. */
  override(node: NodeDef): Constant | undefined;
}
