import { Code, permissionDenied, unavailable, version } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROLLOUT } from '../../../layers/repository/rollout/rollout-under-test.ts';
import { LOOK_MS, RolloutsUnderTest, STEP_MS } from './rollouts-under-test.ts';

const { candidate, baseline } = ROLLOUT;
const NAME = 'the rollout of label "stable" of model "m" from 12 to 13';

let fleet: RolloutsUnderTest;

beforeEach(() => {
  fleet = new RolloutsUnderTest();
});

afterEach(() => {
  fleet[Symbol.dispose]();
});

describe('Rollouts', () => {
  it('step up to the end while all is well, each step a line in log and history', async () => {
    const server = fleet.server();
    for (let step = 0; step < 3; step++) {
      server.serve(candidate);
      await fleet.advance(STEP_MS + LOOK_MS);
    }
    expect(fleet.history).toEqual(['stepped', 'stepped', 'promoted']);
    expect(server.decisions).toEqual(['step', 'step', 'done']);
    expect(server.target).toBe(candidate);
    expect(server.lines).toEqual([
      `info: ${NAME}: step 2 of 3, 50 %: 20 requests in 60 seconds within all bounds`,
      `info: ${NAME}: step 3 of 3, 100 %: 40 requests in 60 seconds within all bounds`,
      `info: ${NAME} is done: 60 requests in 60 seconds within all bounds`,
    ]);
    expect(server.rollouts.running().size).toBe(0);
  });

  it('stay where they are while nobody asks the candidate', async () => {
    const server = fleet.server();
    server.serve(baseline);
    await fleet.advance(100 * STEP_MS);
    expect([fleet.history, fleet.writes]).toEqual([[], 0]);
  });

  it('roll back when the candidate fails, in the index and in the log', async () => {
    const server = fleet.server();
    server.serve(candidate, Code.Internal);
    await fleet.advance(LOOK_MS);
    expect(fleet.history).toEqual(['rolled_back']);
    expect(server.target).toBe(baseline);
    expect(server.lines).toEqual([`warn: ${NAME} is rolled back: error rate 1 (20 of 20 requests) is above 0.05`]);
    expect(server.events).toMatchObject([{ model: 'm', decision: { kind: 'roll_back', metric: 'error_rate' } }]);
  });

  it('roll back for answers that differ', async () => {
    const server = fleet.server();
    for (let answer = 0; answer < 20; answer++) {
      server.rollouts.compared('m', [candidate, baseline], 0.2);
    }
    await fleet.advance(LOOK_MS);
    expect(fleet.history).toEqual(['rolled_back']);
  });

  it('do not count comparisons with other versions', async () => {
    const server = fleet.server();
    for (let answer = 0; answer < 20; answer++) {
      server.rollouts.compared('m', [version(11), candidate], 1);
    }
    await fleet.advance(LOOK_MS);
    expect(fleet.history).toEqual([]);
  });

  it('are carried out once by many servers that see the same', async () => {
    const servers = [fleet.server(), fleet.server(), fleet.server()];
    for (const server of servers) {
      server.serve(candidate);
    }
    await fleet.advance(STEP_MS + LOOK_MS);
    expect(fleet.history).toEqual(['stepped']);
    expect(servers.flatMap(({ decisions }) => decisions)).toEqual(['step']);
  });

  it('roll back everywhere when one server of many sees why', async () => {
    const [first, second] = [fleet.server(), fleet.server()];
    first.serve(candidate);
    second.serve(candidate, Code.Internal);
    await fleet.advance(LOOK_MS);
    expect(fleet.history).toEqual(['rolled_back']);
    expect([first.target, second.target]).toEqual([baseline, baseline]);
    expect([first.decisions, second.decisions]).toEqual([[], ['roll_back']]);
  });

  it('follow what is done by hand, and arm nothing then', async () => {
    const server = fleet.server();
    server.serve(candidate, Code.Internal);
    fleet.end('done');
    server.look();
    await fleet.advance(LOOK_MS);
    expect([server.decisions, server.target, fleet.clock.armed]).toEqual([[], candidate, 0]);
  });

  it('end with their model', () => {
    const server = fleet.server();
    server.rollouts.follow('m', undefined);
    expect([server.rollouts.running().size, fleet.clock.armed]).toEqual([0, 0]);
  });

  it('begin nothing after they are closed', async () => {
    const server = fleet.server();
    server.serve(candidate, Code.Internal);
    server.rollouts[Symbol.dispose]();
    server.look();
    await fleet.advance(LOOK_MS);
    expect([fleet.writes, fleet.clock.armed]).toEqual([0, 0]);
  });

  it('leave other models alone', () => {
    const server = fleet.server();
    const other = { labels: new Map([['stable', version(1)]]) };
    server.rollouts.follow('n', other);
    expect(server.rollouts.inForce('n', other)).toBe(other);
    expect(server.rollouts.inForce('m', fleet.routing)).toBe(fleet.routing);
  });
});

describe('Rollouts that cannot be written', () => {
  it('roll back here at once, while the write is still under way', async () => {
    const gate = Promise.withResolvers<void>();
    fleet.gate = gate.promise;
    const server = fleet.server();
    server.serve(candidate);
    await fleet.advance(STEP_MS + LOOK_MS); // a step is being written
    server.serve(candidate, Code.Internal);
    await fleet.advance(LOOK_MS);
    expect([server.target, server.rolledBack, fleet.rollout?.state]).toEqual([baseline, 1, 'running']);
    gate.resolve();
    await fleet.advance(2 * LOOK_MS);
    expect(fleet.history).toEqual(['stepped', 'rolled_back']);
  });

  it('roll back here only where nothing may be written, and say so once', async () => {
    fleet.failure = permissionDenied('"s3://b/index.json" may not be written');
    const server = fleet.server();
    server.serve(candidate, Code.Internal);
    await fleet.advance(100 * STEP_MS);
    expect([server.target, fleet.rollout?.state, fleet.writes]).toEqual([baseline, 'running', 1]);
    expect(server.lines).toEqual([
      `warn: ${NAME} is rolled back: error rate 1 (20 of 20 requests) is above 0.05`,
      `warn: ${NAME}: the index does not learn that it is rolled back: "s3://b/index.json" may not be written; this server sends its candidate no requests`,
    ]);
    expect(server.rollouts.inForce('m', fleet.routing)).toMatchObject({ rollout: { state: 'rolled_back' } });
    expect(server.rollouts.inForce('m', fleet.routing)).toBe(server.rollouts.inForce('m', fleet.routing));
  });

  it('go on watching the candidate after a step that may not be written, which is tried once', async () => {
    fleet.failure = permissionDenied('"s3://b/index.json" may not be written');
    const server = fleet.server();
    server.serve(candidate);
    await fleet.advance(STEP_MS + LOOK_MS);
    expect([fleet.writes, server.decisions]).toEqual([1, []]);
    server.serve(candidate, Code.Internal);
    await fleet.advance(LOOK_MS);
    expect([fleet.writes, server.decisions, server.target]).toEqual([2, ['roll_back'], baseline]);
  });

  it('are written when the store is back; the first failure is logged', async () => {
    fleet.failure = unavailable('the store is away');
    const server = fleet.server();
    server.serve(candidate, Code.Internal);
    await fleet.advance(10 * STEP_MS);
    expect(fleet.writes).toBeGreaterThan(3);
    expect(fleet.writes).toBeLessThan(10);
    fleet.failure = undefined;
    await fleet.advance(70_000);
    expect([fleet.history, server.decisions]).toEqual([['rolled_back'], ['roll_back']]);
    expect(server.lines.filter((line) => line.includes('the store is away'))).toHaveLength(1);
  });

  it('keep their candidate away until the index has another run', async () => {
    fleet.failure = permissionDenied('read-only');
    const server = fleet.server();
    server.serve(candidate, Code.Internal);
    await fleet.advance(LOOK_MS);
    const { routing } = fleet;
    const { rollout = ROLLOUT } = routing;
    const stepped = { ...routing, rollout: { ...rollout, step: 1, stepSince: rollout.stepSince + 1 } };
    server.rollouts.follow('m', stepped);
    expect(server.rollouts.inForce('m', stepped).labels.get('stable')).toBe(baseline);
    const restarted = { ...routing, rollout: { ...rollout, stepSince: rollout.stepSince + 1 } };
    server.rollouts.follow('m', restarted);
    expect(server.rollouts.inForce('m', restarted)).toBe(restarted);
  });
});
