import { oneLine, renderTable } from '../terminal/table.ts';
import type { Colours } from '../terminal/terminal.ts';
import type { SignatureVerification, Verdict } from './verify-signature.ts';

const WORDS: Readonly<Record<Verdict, string>> = {
  same: 'the same',
  different: 'different',
  refused: 'not compared: both engines refuse these inputs',
};

export function renderVerification(results: readonly SignatureVerification[], colours: Colours): string {
  return results.map((result) => renderSignature(result, colours)).join('\n\n');
}

function renderSignature({ signature, verdict, outputs, refusals }: SignatureVerification, colours: Colours): string {
  const colour = { same: colours.green, different: colours.red, refused: colours.yellow }[verdict];
  const lines = [`${colours.bold(`signature ${oneLine(signature)}`)}: ${colour(WORDS[verdict])}`];
  if (outputs.length > 0) {
    lines.push(
      renderTable(
        [
          { title: 'output' },
          { title: 'type' },
          { title: 'max abs', align: 'right' },
          { title: 'max rel', align: 'right' },
          { title: 'differ', align: 'right' },
        ],
        outputs.map(({ output, type, maxAbsolute, maxRelative, differing, elements }) => [
          output,
          type,
          formatDifference(maxAbsolute),
          formatDifference(maxRelative),
          { text: `${differing} of ${elements}`, style: differing === 0 ? String : colours.red },
        ]),
        colours,
      ),
    );
  }
  for (const { output, problem } of outputs) {
    lines.push(...(problem === null ? [] : [`${oneLine(output)}: ${oneLine(problem)}`]));
  }
  lines.push(...refusalLine('converted', refusals.converted), ...refusalLine('TensorFlow', refusals.tensorflow));
  return lines.join('\n');
}

function refusalLine(engine: string, refusal: string | null): readonly string[] {
  return refusal === null ? [] : [`${engine}: ${oneLine(refusal)}`];
}

function formatDifference(value: number | null): string {
  return value === null ? '-' : value === 0 ? '0' : Number.isFinite(value) ? value.toExponential(1) : String(value);
}
