/** Whether errors are shown with their stack: TENSORFLEET_DEBUG=1. */
export function showsStacks(): boolean {
  return process.env['TENSORFLEET_DEBUG'] === '1';
}

/** Whether the user wants no colours (https://no-color.org), or the terminal has none. */
export function refusesColours(): boolean {
  return (process.env['NO_COLOR'] ?? '') !== '' || process.env['TERM'] === 'dumb';
}
