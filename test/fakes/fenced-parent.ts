import { fencedEngine } from '../../gpu-backend/src/engine/fence/fenced-engine.ts';
import { FRAGILE } from './fragile-engine.ts';

/** A process with a fenced session, which says when a run is under way and waits to be killed. */
const engine = fencedEngine('fragile', FRAGILE, { environmentOf: () => ({}) });
const session = await engine.load({ format: 'saved_model', path: 'model' }, { kind: 'cpu', index: 0, threads: 1 });
const running = session.run('hang', new Map());
await session.run('count', new Map()); // the child takes them in order
process.stdout.write('running');
await running;
