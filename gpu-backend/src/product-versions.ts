import manifest from '../package.json' with { type: 'json' };

/** What runs here: this server, and what runs its models. */
export function productVersions(): { readonly server: string; readonly onnxRuntime: string } {
  return { server: manifest.version, onnxRuntime: manifest.dependencies['onnxruntime-node'] };
}
