import { parser } from '@prometheus-io/lezer-promql';

/** What an expression asks Prometheus for. */
export interface PromqlUse {
  /** Names of metrics, each with the labels that it is selected by. */
  readonly selectors: readonly { readonly metric: string; readonly labels: readonly string[] }[];
  /** Labels that it groups or joins by. */
  readonly groupings: readonly string[];
}

/** Reads an expression; Grafana's interval variables stand for five minutes. Throws where it is no PromQL. */
export function readPromql(expression: string): PromqlUse {
  const text = expression.replaceAll(/\$__\w+/g, '5m');
  const selectors: { metric: string; labels: string[] }[] = [];
  const groupings: string[] = [];
  parser.parse(text).iterate({
    enter({ name, type, from, to, node }) {
      const own = text.slice(from, to);
      if (type.isError) {
        throw new Error(`not PromQL at ${from}: ${expression}`);
      }
      if (name === 'VectorSelector') {
        const metric = node.getChild('Identifier');
        selectors.push({ metric: text.slice(metric?.from, metric?.to), labels: [] });
      } else if (name === 'LabelName') {
        (node.matchContext(['GroupingLabels']) ? groupings : selectors.at(-1)!.labels).push(own);
      }
    },
  });
  return { selectors, groupings };
}
