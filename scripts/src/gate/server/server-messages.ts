/** What a gate's server tells the process that started it: where it answers, or why it does not. */
export type ServerMessage = { readonly target: string } | { readonly error: string };
