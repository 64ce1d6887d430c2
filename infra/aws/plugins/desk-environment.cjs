/**
 * Lets `serverless invoke local` work on a desk, without an account. A variable of the function has, in this order, the
 * shell's value, the one in `custom.desk`, or its own where that is plain; what only CloudFormation knows is left out.
 */
module.exports = class DeskEnvironment {
  constructor(serverless, options) {
    this.hooks = {
      initialize: () => {
        if (serverless.processedInput.commands.join(' ') !== 'invoke local') {
          return;
        }
        const { provider, functions, custom } = serverless.service;
        const called = functions[options.function];
        if (called !== undefined) {
          called.environment = deskEnvironment({ ...provider.environment, ...called.environment }, custom.desk);
        }
      },
    };
  }
};

function deskEnvironment(deployed, desk) {
  return Object.fromEntries(
    Object.entries(deployed).map(([name, value]) => {
      const plain = typeof value === 'object' ? undefined : value;
      // biome-ignore lint/style/noProcessEnv: this is where the shell's values come in
      return [name, process.env[name] ?? desk[name] ?? plain];
    }),
  );
}
