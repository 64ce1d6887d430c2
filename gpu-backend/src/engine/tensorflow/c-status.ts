import { type Code, codeFromNumber, StatusError } from '@tensorfleet/core';
import type { CApi, Pointer } from './c-api.ts';

const NEWLINE_AND_REST = /\n.*$/s;
/** Where TensorFlow lists several errors, the first is the one that caused the others. */
const ROOT_ERROR = /^\d+ root error\(s\) found\.\s*\(0\)\s*(?:[A-Z_]+:\s*)?/;
/** `{{node a/b}}`, `{{function_node __inference_f_1}}`, `[[{{node a/b}}]]`: where in the graph, which callers cannot see. */
const NODES = /\s*\[\[[^\]]*\]\]|\s*\{\{[^}]*\}\}/g;

/** A TF_Status, for one call; deleted when it is disposed. */
export class TensorFlowStatus implements Disposable {
  readonly pointer: Pointer;
  readonly #api: CApi;

  constructor(api: CApi) {
    this.#api = api;
    this.pointer = api.TF_NewStatus();
  }

  /** Throws what the call reported, with TensorFlow's own code; `describe` makes the sentence. */
  throwIfFailed(describe: (reason: string) => string): void {
    const code = this.#api.TF_GetCode(this.pointer);
    if (code !== 0) {
      throw tensorFlowError(code, this.#api.TF_Message(this.pointer), describe);
    }
  }

  [Symbol.dispose](): void {
    this.#api.TF_DeleteStatus(this.pointer);
  }
}

/** `code`: a TF_Code, whose numbers are those of the canonical codes. */
function tensorFlowError(code: number, text: string, describe: (reason: string) => string): StatusError {
  return new StatusError(codeFromNumber(code) satisfies Code, describe(cleanMessage(text)), { cause: new Error(text) });
}

/** The first error of a TensorFlow message, without the names of nodes. */
export function cleanMessage(text: string): string {
  const first = text.replace(ROOT_ERROR, '').replace(NODES, '').trim().replace(NEWLINE_AND_REST, '').trim();
  return first === '' ? 'TensorFlow gave no reason' : first;
}
