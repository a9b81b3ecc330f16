// Google's Gen AI SDK.
import { ApiError, GoogleGenAI } from '@google/genai';
import { all, assert, base, check, city, failure, key, model, pixel, schema, text, thought, upstreamHas } from './check.mjs';

const client = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: base, timeout: 15_000 } });
const declare = name => ({ name, description: 'The weather', parametersJsonSchema: schema });
const tools = [{ functionDeclarations: [declare('get_weather'), declare('get_time')] }];
const thinking = { thinkingConfig: { includeThoughts: true } };
const create = (contents, config = {}) => client.models.generateContent({ model, contents, config });
const stream = async (contents, config = {}) => all(await client.models.generateContentStream({ model, contents, config }));
const partsOf = chunks => chunks.flatMap(c => c.candidates?.[0]?.content?.parts ?? []);
const textOf = (parts, thoughts = false) => parts.filter(p => Boolean(p.thought) === thoughts).map(p => p.text ?? '').join('');

check('gemini: a whole answer', async () => {
  const answer = await create(`<<say ${text}>>`);
  assert.equal(answer.text, text);
  assert.equal(answer.candidates[0].finishReason, 'STOP');
  assert.equal(answer.candidates[0].content.role, 'model');
  assert.ok(answer.usageMetadata.promptTokenCount > 0 && answer.usageMetadata.candidatesTokenCount > 0);
});

check('gemini: a stream has one finish, with usage', async () => {
  const chunks = await stream(`<<say ${text}>>`);
  assert.equal(textOf(partsOf(chunks)), text);
  assert.deepEqual(chunks.map(c => c.candidates?.[0]?.finishReason).filter(Boolean), ['STOP']);
  assert.ok(chunks.at(-1).usageMetadata.totalTokenCount > 0);
  assert.equal(new Set(chunks.map(c => c.responseId)).size, 1);
});

check('gemini: thoughts, whole and streamed', async () => {
  const prompt = `<<think ${thought}>> <<say 42>>`;
  for (const parts of [partsOf([await create(prompt, thinking)]), partsOf(await stream(prompt, thinking))]) {
    assert.equal(textOf(parts, true), thought);
    assert.equal(textOf(parts), '42');
  }
});

check('gemini: parallel calls, whole and streamed', async () => {
  const prompt = `<<say Looking.>> <<tool get_weather ${JSON.stringify(city)}>> <<also get_time {"city":"東京"}>>`;
  for (const parts of [partsOf([await create(prompt, { tools })]), partsOf(await stream(prompt, { tools }))]) {
    assert.equal(textOf(parts), 'Looking.');
    assert.deepEqual(parts.filter(p => p.functionCall).map(p => [p.functionCall.name, p.functionCall.args]), [['get_weather', city], ['get_time', { city: '東京' }]]);
  }
});

check('gemini: a tool loop with signatures in the history goes two rounds', async () => {
  const contents = [{ role: 'user', parts: [{ text: `<<think ${thought}>> <<tool get_weather {"city":"Oslo"}>> <<also get_time {"city":"Oslo"}>> <<tool get_time {"city":"Bergen"}>>` }] }];
  let parts;
  for (let round = 0; round < 4; round++) {
    parts = partsOf(await stream(contents, { tools, ...thinking }));
    const calls = parts.filter(p => p.functionCall).map(p => p.functionCall);
    if (calls.length === 0) break;
    contents.push({ role: 'model', parts });
    contents.push({ role: 'user', parts: calls.map(c => ({ functionResponse: { id: c.id, name: c.name, response: { output: `${c.name} in ${c.args.city}` } } })) });
  }
  assert.equal(textOf(parts), 'Tool said: get_weather in Oslo | get_time in Oslo | get_time in Bergen');
});

check('gemini: parameters reach the model', async () => {
  const answer = await create('<<settings>>', { temperature: 0, topP: 0.5, maxOutputTokens: 77, stopSequences: ['XX', 'YY'] });
  assert.deepEqual(JSON.parse(answer.text), { temperature: 0, top_p: 0.5, max_tokens: 77, ...(upstreamHas('stop') && { stop: ['XX', 'YY'] }) });
});

check('gemini: an image arrives', async () => {
  const answer = await create([{ role: 'user', parts: [{ text: '<<images>>' }, { inlineData: { mimeType: 'image/png', data: pixel } }] }]);
  assert.equal(answer.text, `image/png ${pixel.length}`);
});

check('gemini: MAX_TOKENS as finish reason', async () => {
  assert.equal((await create('<<say cut>> <<stop length>>')).candidates[0].finishReason, 'MAX_TOKENS');
});

check('gemini: cached tokens are part of promptTokenCount', async () => {
  const { usageMetadata } = await create('<<say hi>> <<usage cached>>');
  assert.equal(usageMetadata.promptTokenCount, 25);
  if (upstreamHas('cache')) assert.equal(usageMetadata.cachedContentTokenCount, 20);
});

check('gemini: a chat keeps its history', async () => {
  const chat = client.chats.create({ model });
  assert.equal((await chat.sendMessage({ message: '<<say first>>' })).text, 'first');
  assert.equal((await chat.sendMessage({ message: '<<say second>>' })).text, 'second');
});

check('gemini: tokens are counted', async () => {
  assert.ok((await client.models.countTokens({ model, contents: 'How many tokens is this, please?' })).totalTokens > 3);
});

for (const status of [400, 401, 403, 404, 429, 500, 503]) {
  check(`gemini: upstream ${status} is an ApiError, whole and streamed`, async () => {
    for (const ask of [create, stream]) {
      const error = await failure(ask(`<<error ${status} the reason>>`));
      assert.ok(error instanceof ApiError, `${error.constructor.name}: ${error.message}`);
      assert.equal(error.status, status);
      assert.match(error.message, /the reason/);
    }
  });
}

for (const [name, fault] of [['an error event', 'oops 3'], ['a truncated stream', 'truncate 3'], ['a cut stream', 'cut 3']]) {
  check(`gemini: ${name} from upstream is an error, not an end`, async () => {
    const read = [];
    const error = await failure((async () => {
      for await (const chunk of await client.models.generateContentStream({ model, contents: `<<slow 20>> <<say one two three four five>> <<${fault}>>` })) read.push(chunk);
    })());
    assert.ok(!(error instanceof assert.AssertionError), error.message);
    assert.equal(textOf(partsOf(read)), 'one two three');
    assert.ok(!read.some(c => c.candidates?.[0]?.finishReason), 'an end was made up');
  });
}
