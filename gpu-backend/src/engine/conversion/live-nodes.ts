import type { OnnxNode } from './graph-builder.ts';
import { usedNames } from './onnx-model.ts';

/** The nodes that `wanted` values need, in their order. */
export function liveNodes(nodes: readonly OnnxNode[], wanted: readonly string[]): readonly OnnxNode[] {
  const needed = new Set(wanted);
  const live = nodes.toReversed().filter((node) => {
    const isLive = node.outputs.some((name) => needed.has(name));
    for (const name of isLive ? usedNames([node]) : []) {
      needed.add(name);
    }
    return isLive;
  });
  return live.toReversed();
}
