// The frame of the checks: a list of named checks, run one after the other, one TAP-like line each.
import assert from 'node:assert/strict';

export { assert };
export const base = process.env.BASE ?? 'http://127.0.0.1:4800';
export const model = process.env.MODEL ?? 'demo/demo';
export const key = process.env.KEY ?? 'sk-client';

// What the scripted provider is asked to say. The text has what bridges break: escapes, several bytes a character, line ends.
export const text = 'Grüße, 日本 🦙 "quoted" back\\slash\ttab\nline end';
export const thought = 'Let me think about 日本 first.';
export const city = { city: 'São Paulo "centro" 🦙', days: 3, nested: { list: [1, 2.5, { empty: null }] } };
export const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
export const schema = { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer' } }, required: ['city'] };

// What the wire format of the scripted provider behind the server cannot say, so that no bridge could carry it.
const lacks = { ollama: ['cache'], responses: ['stop'] };
export const upstreamHas = feature => !(lacks[process.env.UPSTREAM] ?? []).includes(feature);

const checks = [];
export const check = (name, run) => checks.push({ name, run });

/** The error that a promise is rejected with. */
export async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  assert.fail('it succeeded where an error was due');
}

/** Reads an async iterable to its end, at most `limit` items. */
export async function all(items, limit = 10_000) {
  const read = [];
  for await (const item of items) {
    read.push(item);
    assert.ok(read.length <= limit, `more than ${limit} events`);
  }
  return read;
}

function withLimit(promise, ms) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`no end within ${ms} ms`)), ms); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export async function runAll() {
  let failed = 0;
  for (const { name, run } of checks) {
    try {
      await withLimit(run(), 20_000);
      console.log(`ok - ${name}`);
    } catch (error) {
      failed++;
      console.log(`not ok - ${name} # ${String(error?.message ?? error).replace(/\s+/g, ' ').slice(0, 600)}`);
    }
  }
  console.log(`# ${checks.length - failed} ok, ${failed} not ok`);
  process.exit(failed ? 1 : 0);
}
