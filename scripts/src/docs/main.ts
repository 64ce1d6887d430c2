import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { withConfigurationTables } from './readme.ts';

// `npm run docs`: writes the generated parts of the README.
const README = resolve(import.meta.dirname, '../../../README.md');
await writeFile(README, withConfigurationTables(await readFile(README, 'utf8')));
