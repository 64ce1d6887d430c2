const { existsSync } = require('node:fs');
const { join } = require('node:path');

/**
 * Lets `serverless package` work without credentials and without a network. The framework compares each layer with the one
 * that is deployed, also when nothing is to be deployed; `serverless deploy` still does. Both say what to do when there is
 * nothing to package.
 */
module.exports = class OfflinePackage {
  constructor(serverless) {
    this.hooks = {
      'before:package:createDeploymentArtifacts': () => {
        if (!existsSync(join(serverless.serviceDir, 'dist/functions'))) {
          throw new serverless.classes.Error('dist/functions is missing: run `npm run build` first', 'NOT_BUILT');
        }
      },
      'before:package:compileLayers': () => {
        if (serverless.processedInput.commands.join(' ') === 'package') {
          const { plugins } = serverless.pluginManager;
          const layers = plugins.find((plugin) => plugin.constructor.name === 'AwsCompileLayers');
          layers.compareWithLastLayer = async () => undefined;
        }
      },
    };
  }
};
