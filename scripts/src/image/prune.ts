import { readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { neededPackages, type PackageLock } from './needed-packages.ts';
import { isNeedless } from './needless-files.ts';

// `node scripts/src/image/prune.ts server|gateway <root>`, in the Dockerfile: leaves of an installed project what an image
// needs to run. Imports nothing of node_modules, which it deletes from.

const IMAGES: Readonly<Record<string, { readonly without: readonly string[] }>> = {
  server: { without: [] },
  gateway: { without: ['@tensorfleet/gpu-backend'] },
};

const [image = '', folder = '.'] = process.argv.slice(2);
const plan = IMAGES[image];
if (plan === undefined) {
  throw new Error(`there is no image "${image}", but ${Object.keys(IMAGES).join(', ')}`);
}
const root = resolve(folder);
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as PackageLock; // npm wrote it
const needed = neededPackages(lock, 'scripts', plan.without);
for (const path of Object.keys(lock.packages)) {
  if (path !== '' && !needed.has(path)) {
    rmSync(join(root, path), { recursive: true, force: true });
  }
}
rmSync(join(root, 'node_modules/.bin'), { recursive: true, force: true });
const installed = new Set([...needed].map((path) => path.split('node_modules')[0] ?? ''));
for (const workspace of installed) {
  pruneFiles(join(root, workspace, 'node_modules'));
}

/** Deletes needless files, and the folders that they leave empty. Links are left: they lead to workspaces. */
function pruneFiles(modules: string): void {
  const visit = (directory: string): boolean => {
    let isEmpty = true;
    for (const entry of entriesOf(directory)) {
      const path = join(directory, entry.name);
      const isGone = entry.isDirectory() ? visit(path) : removed(path, relative(modules, path));
      isEmpty &&= isGone;
    }
    if (isEmpty) {
      rmdirSync(directory);
    }
    return isEmpty;
  };
  if (entriesOf(modules).length > 0) {
    visit(modules);
  }
}

function entriesOf(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return []; // most workspaces have none
  }
}

function removed(path: string, name: string): boolean {
  const isRemoved = isNeedless(name, `${process.platform}/${process.arch}`);
  if (isRemoved) {
    rmSync(path);
  }
  return isRemoved;
}
