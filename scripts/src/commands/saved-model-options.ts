import { type Command, InvalidArgumentError, Option } from 'commander';

/** Options of every command that reads a SavedModel. */
export interface SavedModelOptions {
  readonly tags: readonly string[];
}

const DEFAULT_TAGS = 'serve';

export function addSavedModelOptions(command: Command): Command {
  return command.addOption(
    new Option('--tags <tags>', "comma-separated tags of the SavedModel's graph")
      .argParser(parseTags)
      .default(parseTags(DEFAULT_TAGS), DEFAULT_TAGS),
  );
}

function parseTags(text: string): readonly string[] {
  const tags = text.split(',').filter((tag) => tag !== '');
  if (tags.length === 0) {
    throw new InvalidArgumentError('It must be a tag, or several with commas between them.');
  }
  return tags;
}
