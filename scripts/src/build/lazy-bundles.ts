import { basename, extname, join } from 'node:path';
import {
  type BuildOptions,
  build,
  type OnResolveArgs,
  type OnResolveResult,
  type Plugin,
  type PluginBuild,
} from 'esbuild';

/**
 * Builds `entry` as `<folder>/<name>.cjs`, and what it imports lazily, `await import('jose')`, as files of their own
 * beside it, `<folder>/jose.cjs`: they are read when they are needed and never before, though esbuild splits no
 * CommonJS. What `options.external` names stays a `require`: of the layer, or of what the runtime has.
 *
 * A lazy file has its own copies of what it imports. A default export of an ES module does not come through (Node takes
 * the whole of a CommonJS file for its default export): re-export it under a name.
 */
export async function buildWithLazyBundles(
  { entry, folder, name }: { readonly entry: string; readonly folder: string; readonly name: string },
  options: BuildOptions,
): Promise<void> {
  const files = new Map([[name, entry]]);
  // Grows while it is gone through: a lazy file may have lazy files itself.
  for (const [fileName, path] of files) {
    await build({
      ...options,
      entryPoints: [path],
      outfile: join(folder, `${fileName}.cjs`),
      // `import()` of a package does not look at NODE_PATH, where Lambda has layers and its SDK; `require` does.
      supported: { 'dynamic-import': false },
      plugins: [...(options.plugins ?? []), lazyFiles(files)],
    });
  }
}

/** Notes in `files` what is imported lazily, and has it required from beside the bundle. */
function lazyFiles(files: Map<string, string>): Plugin {
  return {
    name: 'lazy-files',
    setup(context) {
      context.onResolve({ filter: /.*/ }, (args) => resolveLazy(context, args, files));
    },
  };
}

const RESOLVING = Symbol('resolving');

async function resolveLazy(
  context: PluginBuild,
  { kind, path, importer, resolveDir, pluginData, with: attributes }: OnResolveArgs,
  files: Map<string, string>,
): Promise<OnResolveResult | undefined> {
  if (kind !== 'dynamic-import' || pluginData === RESOLVING) {
    return undefined;
  }
  const options = { kind, importer, resolveDir, with: attributes, pluginData: RESOLVING };
  const resolved = await context.resolve(path, options);
  if (resolved.errors.length > 0) {
    // A library may ask for what is not installed, an optional peer: it is told when it does.
    return importer.includes('node_modules') ? { path, external: true } : { errors: resolved.errors };
  }
  if (resolved.external) {
    return resolved;
  }
  const fileName = fileNameOf(path);
  const taken = files.get(fileName);
  if (taken !== undefined && taken !== resolved.path) {
    return { errors: [{ text: `two lazy files would be called ${fileName}.cjs: ${taken} and ${resolved.path}` }] };
  }
  files.set(fileName, resolved.path);
  return { path: `./${fileName}.cjs`, external: true };
}

/** `redis-client` of `@redis/client`, `jpeg-codec` of `./jpeg-codec.ts`. */
function fileNameOf(specifier: string): string {
  return specifier.startsWith('.')
    ? basename(specifier, extname(specifier))
    : specifier.replace(/^@/, '').replaceAll('/', '-');
}
