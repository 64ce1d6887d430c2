/** What a server process tells whoever measures it. */
export type ServerMessage = { readonly port: number } | { readonly cpuMicros: number };

/** Says where the server listens, answers each message with the CPU used so far, ends with the parent. */
export function reportToParent(port: number): void {
  const send = (message: ServerMessage): void => void process.send?.(message);
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    send({ cpuMicros: user + system });
  });
  process.once('disconnect', () => process.exit());
  send({ port });
}
