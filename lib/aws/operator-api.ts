/**
 * The operators' API of a deployed stack: found by the stack's name, and asked with requests that are signed for IAM.
 * Credentials and region come from where the SDK looks for them.
 */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { globalAgent } from 'node:https';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { SignatureV4 } from '@smithy/signature-v4';

/** A request as `fetch` takes it. */
interface Asking {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface StackApi {
  readonly url: string;
  readonly send: (path: string, asking: Asking) => Promise<Response>;
}

/** @param at where the API is, if that is not to be asked of the stack: behind an address of one's own, say */
export async function stackApi(stack: string, at?: string): Promise<StackApi> {
  // Node's own, which goes through a proxy where Node is told of one; the SDK's would not.
  const client = new CloudFormationClient({ requestHandler: { httpsAgent: globalAgent } });
  const { credentials, region } = client.config;
  const url = (at ?? (await apiUrl(client, stack))).replace(/\/$/, '');
  const signer = new SignatureV4({ service: 'execute-api', credentials, region, sha256: Sha256 });
  return { url, send };

  async function send(path: string, asking: Asking): Promise<Response> {
    const { protocol, hostname, host, port, pathname, searchParams, href } = new URL(`${url}${path}`);
    const { headers: signed } = await signer.sign({
      method: asking.method,
      protocol,
      hostname,
      ...(port === '' ? {} : { port: Number(port) }),
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { ...asking.headers, host },
      body: asking.body,
    });
    // What fetch says by itself.
    const { host: _, ...headers } = signed;
    return fetch(href, { ...asking, headers, redirect: 'error' });
  }
}

async function apiUrl(client: CloudFormationClient, stack: string): Promise<string> {
  const { Stacks: [found] = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
  const url = found?.Outputs?.find(({ OutputKey }) => OutputKey === 'ApiUrl')?.OutputValue;
  if (url === undefined) throw new Error(`the stack ${stack} has no output ApiUrl: it is none of Curfew`);
  return url;
}

/** As the signer wants it. */
export class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
