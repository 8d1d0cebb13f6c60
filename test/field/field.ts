/** The corpus of what devices really send: one file a case, in test/field/cases. */
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';

export interface FieldCase {
  /** The name of its file. */
  readonly id: string;
  /** What comes of it, in a sentence. */
  readonly title: string;
  /** Where the kind was read of: reports of others, standards, manuals. */
  readonly reported: readonly string[];
  /** How a device, or a library, comes to send it. */
  readonly happens: string;
  /** Who is logged in before, and where. */
  readonly before: readonly { readonly station: string; readonly user: string }[];
  readonly request: {
    readonly method: string;
    readonly path: string;
    /** Whose key it brings: a station's, or the `operator`'s. */
    readonly as: string;
    /** In names and values each character is a byte. */
    readonly headers: readonly (readonly [name: string, value: string])[];
    /** Each character is a byte. */
    readonly body: string;
    /** As it stands: no Content-Length is added. */
    readonly raw?: string;
  };
  readonly answer: {
    readonly status: number;
    /** The last part of the problem's `type`. */
    readonly problem?: string;
    /** That it names first. */
    readonly field?: string;
    /** A word in its answer. */
    readonly says?: string;
    /** SOAP's code. */
    readonly fault?: string;
    /** How often it is sent; the last answer counts. @default 1 */
    readonly sendTimes?: number;
    /** How many jobs run afterwards. */
    readonly jobs?: number;
    /** Who is logged in afterwards, and where. */
    readonly then: Readonly<Record<string, string>>;
  };
  readonly why: string;
}

const folder = new URL('cases/', import.meta.url);

export const FIELD_CASES: readonly FieldCase[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .toSorted()
  .map((file) => ({
    id: file.replace(/\.json$/, ''),
    ...(JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Omit<FieldCase, 'id'>),
  }));

/** `In` logs `Who` in: the dialect of the corpus, beside those that are shipped. */
const DIALECT = {
  operations: {
    In: [
      { when: { Who: false }, refuse: 'Please log in with your user name.' },
      { event: 'login', user: 'Who' },
    ],
  },
};

export const FIELD_REALMS = {
  realms: {
    'campus-print': { profile: 'release-station' },
    'corp-print': { profile: 'release-station', users: { domains: ['CORP', 'corp.example'] } },
  },
  dialects: { corpus: DIALECT },
};

/** The stations of the cases; `key` is called as the end of a path is. */
export const FIELD_STATIONS: Readonly<Record<string, { readonly realm: string; readonly dialect?: string }>> = {
  'd-1': { realm: 'campus-print' },
  'd-2': { realm: 'campus-print' },
  's-1': { realm: 'campus-print', dialect: 'corpus' },
  'o-1': { realm: 'campus-print', dialect: 'sharp-osa' },
  'c-1': { realm: 'corp-print' },
  'c-2': { realm: 'corp-print' },
  key: { realm: 'campus-print' },
};

export interface FieldAnswer {
  readonly status: number;
  readonly text: string;
}

/** The very bytes of a case, on a connection of their own. Its answer is HTTP/1.0's, without chunks, in what matters here. */
export function sendBytes(url: URL, { request }: FieldCase, key: string): Promise<FieldAnswer> {
  const { method, path, headers, body, raw } = request;
  const isWhole = raw !== undefined || headers.some(([name]) => /^transfer-encoding$/i.test(name));
  const head = [
    `${method} ${path} HTTP/1.1`,
    `host: ${url.host}`,
    `authorization: Bearer ${key}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(isWhole ? [] : [`content-length: ${body.length}`]),
    'connection: close',
  ];
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(url.port), url.hostname);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(answerIn(Buffer.concat(chunks))));
    socket.write(Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1'));
  });
}

function answerIn(bytes: Buffer): FieldAnswer {
  const whole = bytes.toString().replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '');
  const end = whole.indexOf('\r\n\r\n');
  return { status: Number(whole.slice(9, 12)), text: whole.slice(end + 4) };
}
