import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cloudWatchLog } from '../../lib/aws/log.ts';
import { epochMs } from '../../lib/time.ts';

const AT = epochMs(Date.parse('2026-11-22T14:23:05.120Z'));

let written = '';
beforeEach(() => {
  written = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += text;
    return true;
  });
});
afterEach(() => void vi.restoreAllMocks());

const logAt = (level?: string, trace?: string) =>
  cloudWatchLog({ clock: () => AT, version: '1.2.3+test', level, trace: () => trace });

test('what is said is one line of JSON, with the instant and the invocation’s trace', () => {
  logAt(undefined, 'Root=1-65f0f0f0-012345;Parent=53995c3f42cd8ad8;Sampled=1').info('heard', {
    by: 'lib-1\n',
    status: 200,
  });
  expect(written.indexOf('\n')).toBe(written.length - 1);
  expect(JSON.parse(written)).toEqual({
    level: 'INFO',
    message: 'heard',
    timestamp: '2026-11-22T14:23:05.120Z',
    service: 'curfew',
    version: '1.2.3+test',
    xray_trace_id: '1-65f0f0f0-012345',
    by: 'lib-1\n',
    status: 200,
  });
});

test('an error is told with its cause and where it was thrown, but without the item that it brings', () => {
  const refused = Object.assign(new Error('refused'), { Item: { user: 'ana' }, $metadata: { httpStatusCode: 400 } });
  logAt().error('a write failed', new Error('no answer', { cause: refused }));
  const { error, ...line } = JSON.parse(written);
  expect(line).toEqual({
    level: 'ERROR',
    message: 'a write failed',
    timestamp: expect.any(String),
    service: 'curfew',
    version: '1.2.3+test',
  });
  expect(error).toMatchObject({ name: 'Error', message: 'no answer', stack: expect.stringContaining('log.test.ts') });
  expect(error.cause).toMatchObject({ message: 'refused', $metadata: { httpStatusCode: 400 } });
  expect(written).not.toContain('ana');
});

test('what is thrown and is no error is told too', () => {
  logAt().error('odd', 'just a text');
  expect(JSON.parse(written).error).toEqual({ name: 'string', message: 'just a text' });
});

test.each([
  ['DEBUG', ['heard', 'failed']],
  ['INFO', ['heard', 'failed']],
  ['WARN', ['failed']],
  ['ERROR', ['failed']],
  ['FATAL', []],
])('at Lambda’s level %s, %j are said', (level, said) => {
  const log = logAt(level);
  log.info('heard', {});
  log.error('failed', new Error('x'));
  expect(written.split('\n').flatMap((line) => (line === '' ? [] : JSON.parse(line).message))).toEqual(said);
});
