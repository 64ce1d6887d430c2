import { IGNORED, type Upload, type UploadNews } from '@tensorfleet/repository';
import { formatBytes } from '../terminal/format.ts';
import { oneLine } from '../terminal/table.ts';
import type { Colours } from '../terminal/terminal.ts';

/** One line of what became of an upload; undefined where there is nothing to say, unless it `isAsked` for. */
export function renderUpload(
  { model, version }: Upload,
  news: UploadNews,
  colours: Colours,
  isAsked: boolean,
): string | undefined {
  const name = oneLine(`${model}/${version}`);
  switch (news.kind) {
    case 'published':
      return `${name}  ${colours.green('published')}  ${formatBytes(news.bytes)}`;
    case 'rejected':
      return `${name}  ${colours.red('rejected')}  ${oneLine(news.reason)}`;
    case 'failed':
      return `${name}  ${colours.red('failed')}  ${oneLine(news.reason)}`;
    case 'waiting':
      return `${name}  ${colours.yellow('waiting')}  ${oneLine(news.reason)}`;
    case 'ignored':
      return QUIET.has(news.why) && !isAsked ? undefined : `${name}  ${colours.dim('ignored')}  ${IGNORED[news.why]}`;
  }
}

/** Most of a repository; a line for each would hide the news. */
const QUIET: ReadonlySet<keyof typeof IGNORED> = new Set(['indexed', 'retired', 'noVersion', 'empty']);

/** `2 published, 1 waiting`, with what can be done about the others. */
export function summariseUploads(all: readonly UploadNews[]): string {
  const counts = new Map<string, number>();
  for (const news of all) {
    const title = news.kind === 'ignored' ? TITLES[news.why] : news.kind;
    counts.set(title, (counts.get(title) ?? 0) + 1);
  }
  return counts.size === 0
    ? 'there are no versions'
    : [...counts].map(([title, count]) => `${count} ${title}`).join(', ');
}

const TITLES: Readonly<Record<keyof typeof IGNORED, string>> = {
  indexed: 'published before',
  retired: 'retired',
  claimed: 'being published',
  noVersion: 'no version',
  empty: 'empty',
};
