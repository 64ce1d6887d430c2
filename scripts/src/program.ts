import { Command, CommanderError } from 'commander';
import type { CommandContext } from './commands/command-context.ts';
import { normaliseFlags } from './flags.ts';
import { ExitCode, fail } from './terminal/fail.ts';
import { processTerminal, type Terminal } from './terminal/terminal.ts';

interface CommandEntry {
  readonly summary: string;
  /** Adds the command; loaded only when it is asked for, because the server and its engine take their time. */
  readonly add: (program: Command, context: CommandContext) => Promise<void>;
}

const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  serve: {
    summary: 'run a model server: gRPC and REST over a directory of models',
    add: async (program, context) => (await import('./commands/serve.ts')).addServe(program, context),
  },
  gateway: {
    summary: 'run the gateway as a server, where there is no Lambda',
    add: async (program, context) => (await import('./commands/gateway.ts')).addGateway(program, context),
  },
  publish: {
    summary: 'put a new version of a model into a repository',
    add: async (program, context) => (await import('./commands/publish.ts')).addPublish(program, context),
  },
  versions: {
    summary: 'list what a repository holds, and which labels stand for what',
    add: async (program, context) => (await import('./commands/versions.ts')).addVersions(program, context),
  },
  promote: {
    summary: 'let a version answer, at once or step by step',
    add: async (program, context) => (await import('./commands/promote.ts')).addPromote(program, context),
  },
  rollback: {
    summary: 'go back to the version before',
    add: async (program, context) => (await import('./commands/rollback.ts')).addRollback(program, context),
  },
  label: {
    summary: 'let labels stand for versions, or for shares of the requests',
    add: async (program, context) => (await import('./commands/label.ts')).addLabel(program, context),
  },
  shadow: {
    summary: 'send a version a copy of the requests, to see what it would answer',
    add: async (program, context) => (await import('./commands/shadow.ts')).addShadow(program, context),
  },
  retire: {
    summary: 'take a version out of a repository for good',
    add: async (program, context) => (await import('./commands/retire.ts')).addRetire(program, context),
  },
  reindex: {
    summary: 'publish what was uploaded file by file, by whatever tool',
    add: async (program, context) => (await import('./commands/reindex.ts')).addReindex(program, context),
  },
  unpublish: {
    summary: 'delete a version from a directory of models',
    add: async (program, context) => (await import('./commands/unpublish.ts')).addUnpublish(program, context),
  },
  predict: {
    summary: 'ask a model about pictures, JSON requests or NumPy arrays',
    add: async (program, context) => (await import('./commands/predict.ts')).addPredict(program, context),
  },
  evaluate: {
    summary: 'measure error rate, latency and failures over a labelled data set',
    add: async (program, context) => (await import('./commands/evaluate.ts')).addEvaluate(program, context),
  },
  inspect: {
    summary: 'show what a model wants and gives, what runs it and why, and how to ask it',
    add: async (program, context) => (await import('./commands/inspect.ts')).addInspect(program, context),
  },
  convert: {
    summary: 'write a SavedModel as ONNX files',
    add: async (program, context) => (await import('./commands/convert.ts')).addConvert(program, context),
  },
  verify: {
    summary: 'compare a converted SavedModel with TensorFlow, output by output',
    add: async (program, context) => (await import('./commands/verify.ts')).addVerify(program, context),
  },
  keys: {
    summary: 'make, list, rotate and revoke the API keys of a gateway',
    add: async (program, context) => (await import('./commands/keys.ts')).addKeys(program, context),
  },
  status: {
    summary: 'list models, their versions and what is wrong with them',
    add: async (program, context) => (await import('./commands/status.ts')).addStatus(program, context),
  },
  doctor: {
    summary: 'say whether an AWS account is ready for a fleet, and what is missing',
    add: async (program, context) => (await import('./commands/doctor.ts')).addDoctor(program, context),
  },
};

const EXAMPLES = `
Examples:
  $ tensorfleet serve --model_repository models
  $ tensorfleet predict examples/mnist/pictures/8-281.png

"npm start" runs a whole fleet with an example model. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.`;

/** Runs the command line and resolves with the process's exit code; never rejects. */
export async function runTensorfleet(args: readonly string[], terminal = processTerminal()): Promise<ExitCode> {
  let exitCode: ExitCode = ExitCode.Ok;
  const finish = (code: ExitCode): void => {
    exitCode = code;
  };
  try {
    const program = await createProgram(args, { terminal, finish });
    await program.parseAsync(normaliseFlags(args, flagsOf(program)), { from: 'user' });
    return exitCode;
  } catch (reason) {
    if (reason instanceof CommanderError) {
      return reason.exitCode === 0 ? ExitCode.Ok : ExitCode.Usage;
    }
    fail(terminal, reason);
    return ExitCode.Failed;
  }
}

/** All commands by name; those that `args` name with their options. */
async function createProgram(args: readonly string[], context: CommandContext): Promise<Command> {
  const program = new Command('tensorfleet')
    .description('Serve machine-learning models, and ask them: pictures and tensors in, labels out.')
    .exitOverride()
    .configureHelp({ styleTitle: boldFor(context.terminal), showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => context.terminal.out.line(text.trimEnd()),
      writeErr: (text) => context.terminal.err.line(text.trimEnd()),
      outputError: (text, write) => write(oneSentence(text)),
    })
    .addHelpText('after', EXAMPLES);
  for (const [name, { summary, add }] of Object.entries(COMMANDS)) {
    if (args.includes(name)) {
      await add(program, context);
      program.commands.at(-1)?.summary(summary);
    } else {
      program.command(name).summary(summary).description(summary);
    }
  }
  return program;
}

/** Commander's message and, in a line of its own, its suggestion. */
function oneSentence(text: string): string {
  return text
    .replace(/^error: /, 'tensorfleet: ')
    .replace(/\n\((Did you mean .*\?)\)/, (_, question: string) => `; ${question.replace('D', 'd')}`);
}

function boldFor({ out }: Terminal): (title: string) => string {
  return (title) => out.colours.bold(title);
}

function flagsOf(program: Command): ReadonlySet<string> {
  const options = program.commands
    .flatMap((command) => [command, ...command.commands])
    .flatMap(({ options }) => options);
  return new Set(options.map(({ long }) => long).filter((long) => long !== undefined && long !== null));
}
