import { posix } from 'node:path';

/** As much of package-lock.json as says who needs whom: its keys are folders, from the root on. */
export interface PackageLock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  /** A workspace lies where `resolved` says. */
  readonly link?: boolean;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/**
 * The folders, workspaces included, of all packages that the workspace `root` needs at run time, and of what it merely
 * can use (the engines that gpu-backend names as optional peers). What `without` names is left out, with all that only
 * it needs. Optional packages of other platforms are among them: they are not installed.
 */
export function neededPackages(lock: PackageLock, root: string, without: readonly string[] = []): ReadonlySet<string> {
  const needed = new Set<string>();
  const visit = (folder: string): void => {
    const entry = lock.packages[folder];
    if (entry === undefined || needed.has(folder)) {
      return;
    }
    needed.add(folder);
    if (entry.link === true && entry.resolved !== undefined) {
      visit(entry.resolved);
    }
    for (const name of namesOf(entry)) {
      const found = without.includes(name) || isTypesOnly(name) ? undefined : resolvePackage(lock, folder, name);
      if (found !== undefined) {
        visit(found);
      }
    }
  };
  visit(root);
  return needed;
}

function namesOf({ dependencies, optionalDependencies, peerDependencies }: LockedPackage): readonly string[] {
  return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
}

function isTypesOnly(name: string): boolean {
  return name.startsWith('@types/');
}

/** As Node looks: in node_modules beside the importer, then in those of the folders above. */
function resolvePackage(lock: PackageLock, importer: string, name: string): string | undefined {
  for (let folder = importer; ; folder = posix.dirname(folder)) {
    const candidate = posix.join(folder, 'node_modules', name);
    if (Object.hasOwn(lock.packages, candidate)) {
      return candidate;
    }
    if (folder === '.') {
      return undefined;
    }
  }
}
