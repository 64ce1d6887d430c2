import type { EngineVerdict } from '@tensorfleet/gpu-backend';
import { oneLine } from '../terminal/table.ts';
import type { Colours } from '../terminal/terminal.ts';

/** Nodes of one op that are named; the JSON form has all. */
const MAX_NODES = 4;

/** Why a model cannot be converted: the ops with their reasons, and where they are. No block when it can. */
export function renderRefusals({ refusals }: EngineVerdict, colours: Colours): readonly string[] {
  if (refusals.length === 0) {
    return [];
  }
  const groups = Map.groupBy(refusals, ({ op, reason }) => `${oneLine(op)}: ${oneLine(reason)}`);
  const lines = Array.from(groups, ([title, nodes]) => {
    const shown = nodes.slice(0, MAX_NODES).map(({ node }) => `    ${oneLine(node)}`);
    const more = nodes.length - shown.length;
    return [
      `  ${colours.yellow(title)}`,
      ...shown,
      ...(more === 0 ? [] : [`    and ${more} more, which --json lists`]),
    ];
  });
  return [[colours.bold('in the way of a conversion'), ...lines.flat()].join('\n')];
}
