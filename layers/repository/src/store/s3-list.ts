import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import type { ListOptions, ListPage } from './object-store.ts';
import type { S3Call, S3Requests } from './s3-requests.ts';
import { BROKEN_ANSWER, storeFault } from './store-faults.ts';

/** The objects below a prefix, page by page. Folders that consoles make, objects whose keys end with `/`, are left out. */
export async function* listObjects(
  requests: S3Requests,
  prefix: string,
  { delimiter, signal }: ListOptions,
): AsyncGenerator<ListPage> {
  const call: S3Call = { operation: 'list', key: prefix, signal };
  let token: string | undefined;
  do {
    const command = new ListObjectsV2Command({
      Bucket: requests.bucket,
      Prefix: requests.fullKey(prefix),
      // Else a control character in one key makes a page that is no XML.
      EncodingType: 'url',
      ...(delimiter !== undefined && { Delimiter: delimiter }),
      ...(token !== undefined && { ContinuationToken: token }),
    });
    const page = await requests.send(call, (options) => requests.client.send(command, options));
    yield pageOf(requests, page);
    const next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    if (page.IsTruncated === true && (next === undefined || next === token)) {
      throw storeFault(BROKEN_ANSWER, `${requests.url}/${prefix}`, ': a listing says that it goes on, but not where');
    }
    token = next;
  } while (token !== undefined);
}

function pageOf(requests: S3Requests, page: ListObjectsV2CommandOutput): ListPage {
  // A server that does not know the encoding does not say that it has used it.
  const decode = page.EncodingType === 'url' ? decodeKey : (key: string) => key;
  return {
    objects: (page.Contents ?? []).flatMap(({ Key = '', Size = 0, ETag = '' }) => {
      const key = requests.keyOf(decode(Key));
      return key.endsWith('/') || key === '' ? [] : [{ key, bytes: Size, etag: ETag }];
    }),
    prefixes: (page.CommonPrefixes ?? []).map(({ Prefix = '' }) => requests.keyOf(decode(Prefix))),
  };
}

function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}
