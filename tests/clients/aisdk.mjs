// The AI SDK with its OpenAI-compatible, OpenAI (responses), Anthropic and Google providers.
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai';
import { all, assert, base, check, city, failure, key, model, schema, text, thought } from './check.mjs';

const fronts = {
  'aisdk.compat': createOpenAICompatible({ name: 'acptoapi', baseURL: `${base}/v1`, apiKey: key, includeUsage: true })(model),
  'aisdk.responses': createOpenAI({ baseURL: `${base}/v1`, apiKey: key }).responses(model),
  'aisdk.google': createGoogleGenerativeAI({ baseURL: `${base}/v1beta`, apiKey: key })(model),
  'aisdk.anthropic': createAnthropic({ baseURL: `${base}/v1`, apiKey: key })(model),
};
const weather = execute => ({ get_weather: tool({ description: 'The weather', inputSchema: jsonSchema(schema), execute }) });

for (const [name, front] of Object.entries(fronts)) {
  const request = (prompt, more) => ({ model: front, prompt, maxRetries: 0, maxOutputTokens: 2048, ...more });

  check(`${name}: a whole answer`, async () => {
    const answer = await generateText(request(`<<think ${thought}>> <<say ${text}>>`));
    assert.equal(answer.text, text);
    assert.equal(answer.reasoningText, thought);
    assert.equal(answer.finishReason, 'stop');
    assert.ok(answer.usage.inputTokens > 0 && answer.usage.outputTokens > 0);
  });

  check(`${name}: a stream`, async () => {
    const answer = streamText(request(`<<think ${thought}>> <<say ${text}>>`));
    const parts = await all(answer.fullStream);
    const joined = type => parts.filter(p => p.type === type).map(p => p.text).join('');
    assert.equal(joined('text-delta'), text);
    assert.equal(joined('reasoning-delta'), thought);
    assert.equal(await answer.finishReason, 'stop');
    assert.ok((await answer.usage).outputTokens > 0);
  });

  check(`${name}: a tool loop, whole and streamed`, async () => {
    const inputs = [];
    const more = { tools: weather(input => { inputs.push(input); return 'sunny'; }), stopWhen: stepCountIs(3) };
    const prompt = `<<say Looking.>> <<tool get_weather ${JSON.stringify(city)}>>`;
    assert.match((await generateText(request(prompt, more))).text, /Tool said: .*sunny/);
    assert.match(await streamText(request(prompt, more)).steps.then(steps => steps.at(-1).text), /Tool said: .*sunny/);
    assert.deepEqual(inputs, [city, city]);
  });

  check(`${name}: an upstream error keeps its status`, async () => {
    const error = await failure(generateText(request('<<error 429 slow down>>')));
    assert.equal(error.statusCode, 429);
    assert.match(error.message, /slow down/);
    assert.equal(error.responseHeaders['retry-after'], '1');
  });

  check(`${name}: a truncated stream is an error`, async () => {
    const parts = await all(streamText(request('<<say one two three four>> <<truncate 2>>', { onError: () => {} })).fullStream);
    assert.ok(parts.some(p => p.type === 'error') || parts.at(-1).finishReason === 'error', parts.map(p => p.type).join(' '));
    assert.ok(!parts.some(p => p.type === 'finish' && p.finishReason === 'stop'), 'it looks like a good end');
  });
}
