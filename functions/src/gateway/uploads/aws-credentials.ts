import { internal, StatusError } from '@tensorfleet/core';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Credentials that are valid now; ask again for every use, since they change. */
export type CredentialSource = () => Promise<AwsCredentials>;

export interface CredentialSourceDependencies {
  /** What the environment has now; Lambda's are there. */
  readonly fromEnvironment: () => AwsCredentials | undefined;
  /** The SDK's own chain, of profiles, web identity (EKS), container (ECS) and instance. Default: loaded when it is needed. */
  readonly loadChain?: () => Promise<CredentialSource>;
}

/** The environment's credentials, else those that the AWS SDK finds. Rejects with INTERNAL where there are none. */
export function createCredentialSource({
  fromEnvironment,
  loadChain = loadSdkChain,
}: CredentialSourceDependencies): CredentialSource {
  let chain: Promise<CredentialSource> | undefined;
  return async () => {
    const found = fromEnvironment();
    if (found !== undefined) {
      return found;
    }
    try {
      chain ??= loadChain();
      return await chain.then((provide) => provide());
    } catch (reason) {
      throw internal(`no AWS credentials were found: ${StatusError.from(reason).message}`, {}, reason);
    }
  };
}

/** Remembers what it found until shortly before that expires. */
async function loadSdkChain(): Promise<CredentialSource> {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  return defaultProvider();
}
