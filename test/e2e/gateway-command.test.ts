import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { Program, ROOT } from '../support/program.ts';

const HOST = '127.0.0.1';

async function startedGateway() {
  const [port, internal, fleet] = await freePorts(3);
  const flags = [`--host=${HOST}`, `--port=${port}`, `--internal_port=${internal}`];
  // No server is there: who reads the log, the metrics and the health of a fleet at zero has this one's.
  const program = new Program('tensorfleet.ts', ['gateway', ...flags], ROOT, { FLEET_TARGET: `${HOST}:${fleet}` });
  await program.printed('listening');
  return { program, base: `http://${HOST}:${port}`, internal: `http://${HOST}:${internal}` };
}

describe('tensorfleet gateway', () => {
  it('lives without a fleet, says so, and ends with 0 after SIGTERM', async () => {
    const { program, base, internal } = await startedGateway();
    await using _ = program;
    const statuses = await Promise.all(
      [`${internal}/livez`, `${internal}/metrics`, `${base}/healthz`, `${base}/livez`].map(
        async (url) => (await fetch(url)).status,
      ),
    );
    expect(statuses).toEqual([200, 200, 503, 404]);
    program.signal('SIGTERM');
    await expect(program.exited).resolves.toBe(0);
    expect(program.output).toContain('draining');
  });

  it('names a setting that cannot be, whether from the environment or a flag, and exits 2', async () => {
    await using program = new Program('tensorfleet.ts', ['gateway', '--log-level=silent'], ROOT, {
      REQUEST_TIMEOUT_MS: '0',
    });
    await expect(program.exited).resolves.toBe(2);
    expect(program.output).toContain('REQUEST_TIMEOUT_MS is "0"');
  });
});

/** Whether this machine lets a process be number 1 of its own, as in a container. */
function mayBeFirst(): boolean {
  try {
    execFileSync('unshare', ['--pid', '--fork', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!mayBeFirst())('a server that is process 1, as in a container', () => {
  /** Sends SIGTERM to process 1 when the output has the text; resolves with the exit code. */
  async function terminatedAt(text: string, args: readonly string[]): Promise<number | null> {
    const command = [process.execPath, ...args];
    const outer = spawn('unshare', ['--pid', '--fork', '--kill-child', '--mount-proc', ...command], { cwd: ROOT });
    let output = '';
    const see = (data: Buffer | string): void => {
      const wasSeen = output.includes(text);
      output += data.toString();
      if (!wasSeen && output.includes(text)) {
        process.kill(childOf(outer.pid), 'SIGTERM');
      }
    };
    outer.stdout.on('data', see);
    outer.stderr.on('data', see);
    const [code] = await once(outer, 'close');
    return code as number | null; // Node's types say any
  }

  function childOf(pid: number | undefined): number {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
  }

  it('drains on SIGTERM, after the restart in place, too', async () => {
    const [port, rest] = await freePorts(2);
    const flags = [`--port=${port}`, `--rest_api_port=${rest}`, `--host=${HOST}`, '--log_format=json'];
    const args = ['scripts/src/tensorfleet.ts', 'serve', '--model_repository=examples/mnist', ...flags];
    await expect(terminatedAt('listening', args)).resolves.toBe(0);
  });

  it('ends on a SIGTERM that comes before it listens', async () => {
    const program = `
      import { endOnEarlySignals } from './scripts/src/early-signals.ts';
      endOnEarlySignals();
      console.log('importing');
      setInterval(() => undefined, 1000);`;
    await expect(terminatedAt('importing', ['--input-type=module', '-e', program])).resolves.toBe(128 + 15);
  });
});
