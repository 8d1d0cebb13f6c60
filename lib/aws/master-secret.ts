/** The master secret in Secrets Manager: read once, when first needed, and kept by the container. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ask } from './faults.ts';

/** A read that failed is not kept: the next request tries again. */
export function secretsManagerMaster(client: SecretsManagerClient, secretArn: string): () => Promise<string> {
  let reading: Promise<string> | undefined;
  return () => {
    reading ??= read().catch((error: unknown) => {
      reading = undefined;
      throw error;
    });
    return reading;
  };

  async function read(): Promise<string> {
    const secret = await ask('master secret', () => client.send(new GetSecretValueCommand({ SecretId: secretArn })));
    if (secret.SecretString === undefined) throw new Error(`the secret ${secretArn} holds no text`);
    return secret.SecretString;
  }
}
