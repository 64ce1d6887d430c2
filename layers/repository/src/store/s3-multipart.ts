import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Code, StatusError } from '@tensorfleet/core';
import { type FilePart, md5Etag } from './file-parts.ts';
import type { UploadSource } from './object-store.ts';
import { headObject, SHA256 } from './s3-head.ts';
import type { S3Call, S3Requests } from './s3-requests.ts';
import { findUnfinished } from './s3-unfinished.ts';

/** One upload in parts. Parts may be sent in any order, several at a time. */
export class MultipartUpload {
  readonly #requests: S3Requests;
  readonly #call: S3Call;
  readonly #source: UploadSource;
  readonly #target: { readonly Bucket: string; readonly Key: string; readonly UploadId: string };
  /** What an earlier run has sent. */
  readonly #there: ReadonlyMap<number, CompletedPart>;
  readonly #sent: CompletedPart[] = [];

  private constructor(
    requests: S3Requests,
    call: S3Call,
    source: UploadSource,
    { id, parts }: { readonly id: string; readonly parts: ReadonlyMap<number, CompletedPart> },
  ) {
    this.#requests = requests;
    this.#call = call;
    this.#source = source;
    this.#target = { ...requests.target(call.key), UploadId: id };
    this.#there = parts;
  }

  /** Takes up what an earlier run has left of this very file, where the server can tell, or starts anew. */
  static async resumeOrStart(
    requests: S3Requests,
    call: S3Call,
    source: UploadSource,
    partBytes: number,
  ): Promise<MultipartUpload> {
    const unfinished =
      (await findUnfinished(requests, call, source, partBytes)) ?? (await start(requests, call, source));
    return new MultipartUpload(requests, call, source, unfinished);
  }

  async send({ index, data }: FilePart): Promise<void> {
    const number = index + 1;
    const there = this.#there.get(number);
    if (there !== undefined && there.ETag === md5Etag(data)) {
      this.#sent.push(there);
      return;
    }
    const command = new UploadPartCommand({ ...this.#target, PartNumber: number, Body: data });
    const { ETag, ChecksumCRC32 } = await this.#requests.send(this.#call, (options) =>
      this.#requests.client.send(command, options),
    );
    this.#sent.push({
      PartNumber: number,
      ...(ETag !== undefined && { ETag }),
      ...(ChecksumCRC32 !== undefined && { ChecksumCRC32 }),
    });
  }

  /**
   * Makes the object of its parts, and rejects with ABORTED when it is not this file: what was taken up may have been
   * started for another one that begins like it. An answer that was lost is found again at the object.
   */
  async complete(): Promise<void> {
    const Parts = this.#sent.toSorted((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
    const command = new CompleteMultipartUploadCommand({ ...this.#target, MultipartUpload: { Parts } });
    let failure: { readonly reason: unknown } | undefined;
    try {
      await this.#requests.send(this.#call, (options) => this.#requests.client.send(command, options));
    } catch (reason) {
      failure = { reason };
    }
    if (failure !== undefined || this.#there.size > 0) {
      const { key, signal } = this.#call;
      const found = await headObject(this.#requests, key, signal);
      if (found?.sha256 !== this.#source.sha256 || found.bytes !== this.#source.bytes) {
        throw failure?.reason ?? replaced(`${this.#requests.url}/${key}`);
      }
    }
  }

  /** Ends an upload that no later run could take up. */
  async giveUp(reason: unknown): Promise<void> {
    if (StatusError.from(reason).code === Code.FailedPrecondition) {
      const command = new AbortMultipartUploadCommand(this.#target);
      const call = { operation: this.#call.operation, key: this.#call.key };
      await this.#requests.send(call, (options) => this.#requests.client.send(command, options)).catch(() => undefined);
    }
  }
}

function replaced(url: string): StatusError {
  return new StatusError(Code.Aborted, `"${url}" was uploaded by somebody else meanwhile`, { details: { url } });
}

async function start(
  requests: S3Requests,
  call: S3Call,
  source: UploadSource,
): Promise<{ readonly id: string; readonly parts: ReadonlyMap<number, CompletedPart> }> {
  const checksums = await requests.client.config.requestChecksumCalculation();
  const command = new CreateMultipartUploadCommand({
    ...requests.target(call.key),
    Metadata: { [SHA256]: source.sha256 },
    // As the SDK sends them with the parts; S3 wants to know before.
    ...(checksums === 'WHEN_SUPPORTED' && { ChecksumAlgorithm: 'CRC32' }),
  });
  const { UploadId = '' } = await requests.send(call, (options) => requests.client.send(command, options));
  return { id: UploadId, parts: new Map() };
}
