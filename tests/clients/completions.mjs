// The official OpenAI SDK over the legacy /v1/completions.
import OpenAI from 'openai';
import { all, assert, base, check, failure, key, model, text } from './check.mjs';

const client = new OpenAI({ apiKey: key, baseURL: `${base}/v1`, maxRetries: 0, timeout: 15_000 });
const create = body => client.completions.create({ model, max_tokens: 100, ...body });

check('completions: a whole answer', async () => {
  const answer = await create({ prompt: `<<say ${text}>>` });
  assert.equal(answer.object, 'text_completion');
  assert.deepEqual([answer.choices[0].text, answer.choices[0].finish_reason], [text, 'stop']);
  assert.ok(answer.usage.prompt_tokens > 0 && answer.usage.completion_tokens > 0);
});

check('completions: a stream has one id and one finish', async () => {
  const parts = await all(await create({ prompt: `<<say ${text}>>`, stream: true }));
  assert.equal(parts.map(p => p.choices[0]?.text ?? '').join(''), text);
  assert.equal(new Set(parts.map(p => p.id)).size, 1);
  assert.deepEqual(parts.map(p => p.choices[0]?.finish_reason).filter(Boolean), ['stop']);
});

check('completions: each prompt is a choice, whole and streamed', async () => {
  const prompt = ['<<say one>>', '<<say two>>'];
  const texts = choices => [0, 1].map(index => choices.filter(c => c.index === index).map(c => c.text).join(''));
  assert.deepEqual(texts((await create({ prompt })).choices), ['one', 'two']);
  assert.deepEqual(texts((await all(await create({ prompt, stream: true }))).flatMap(p => p.choices)), ['one', 'two']);
});

check('completions: length as finish reason', async () => {
  assert.equal((await create({ prompt: '<<say cut>> <<stop length>>' })).choices[0].finish_reason, 'length');
});

for (const [status, type] of [[400, OpenAI.BadRequestError], [429, OpenAI.RateLimitError], [503, OpenAI.InternalServerError]]) {
  check(`completions: upstream ${status} is ${type.name}, whole and streamed`, async () => {
    for (const stream of [false, true]) {
      const error = await failure(create({ prompt: `<<error ${status} the reason>>`, stream }));
      assert.ok(error instanceof type, `${error.constructor.name}: ${error.message}`);
    }
  });
}

check('completions: a truncated stream is an error, not an end', async () => {
  const read = [];
  const error = await failure((async () => {
    for await (const part of await create({ prompt: '<<say one two three four>> <<truncate 2>>', stream: true })) read.push(part);
  })());
  assert.ok(!(error instanceof assert.AssertionError), error.message);
  assert.ok(!read.some(p => p.choices[0]?.finish_reason), 'a finish reason was made up');
});
