import { spawn } from 'node:child_process';
import { join } from 'node:path';

// `node scripts/src/image/warm-up.ts <text> <arguments of tensorfleet>`, in the Dockerfile: runs a server until it prints
// the text, then stops it, so that Node keeps its compiled sources for the servers of the image.

const [text = '', ...parameters] = process.argv.slice(2);
const command = join(import.meta.dirname, '../tensorfleet.ts');
const server = spawn(process.execPath, [command, ...parameters], { stdio: ['ignore', 'pipe', 'pipe'] });
let output = '';
for (const stream of [server.stdout, server.stderr]) {
  stream.on('data', (data: Buffer) => {
    const wasPrinted = output.includes(text);
    output += data.toString();
    if (!wasPrinted && output.includes(text)) {
      server.kill('SIGTERM'); // once: the second would kill it
    }
  });
}
server.on('close', (code) => {
  if (code !== 0 || !output.includes(text)) {
    process.stderr.write(`the server ended with ${code}:\n${output}`);
    process.exitCode = 1;
  }
});
