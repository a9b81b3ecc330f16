// The official OpenAI SDK.
import OpenAI from 'openai';
import { all, assert, base, check, city, failure, key, model, pixel, schema, text, thought, upstreamHas } from './check.mjs';

const client = new OpenAI({ apiKey: key, baseURL: `${base}/v1`, maxRetries: 0, timeout: 15_000 });
const ask = content => [{ role: 'user', content }];
const tool = name => ({ type: 'function', function: { name, description: 'The weather', parameters: schema } });
const tools = [tool('get_weather'), tool('get_time')];
const create = body => client.chat.completions.create({ model, ...body });
const stream = body => client.chat.completions.stream({ model, ...body });
const chunks = async body => all(await create({ stream: true, ...body }));

check('openai: a whole answer', async () => {
  const answer = await create({ messages: ask(`<<say ${text}>>`) });
  assert.equal(answer.object, 'chat.completion');
  assert.equal(answer.choices[0].message.content, text);
  assert.equal(answer.choices[0].message.role, 'assistant');
  assert.equal(answer.choices[0].finish_reason, 'stop');
  assert.ok(answer.id);
  assert.ok(answer.usage.prompt_tokens > 0 && answer.usage.completion_tokens > 0);
});

check('openai: a stream has one id, the role first, one finish', async () => {
  const parts = await chunks({ messages: ask(`<<say ${text}>>`) });
  assert.equal(parts.map(p => p.choices[0]?.delta?.content ?? '').join(''), text);
  assert.equal(parts[0].choices[0].delta.role, 'assistant');
  assert.equal(new Set(parts.map(p => p.id)).size, 1);
  assert.deepEqual(parts.map(p => p.choices[0]?.finish_reason).filter(Boolean), ['stop']);
  assert.ok(parts.every(p => p.object === 'chat.completion.chunk'));
});

check('openai: usage in a stream only on request', async () => {
  const without = await chunks({ messages: ask('<<say hi>>') });
  const asked = await chunks({ messages: ask('<<say hi>>'), stream_options: { include_usage: true } });
  assert.ok(without.every(p => !p.usage));
  assert.deepEqual(asked.at(-1).choices, []);
  assert.ok(asked.at(-1).usage.prompt_tokens > 0);
});

check('openai: the stream helper collects the answer', async () => {
  const answer = await stream({ messages: ask(`<<say ${text}>>`) }).finalChatCompletion();
  assert.equal(answer.choices[0].message.content, text);
});

check('openai: cached tokens are part of prompt_tokens', async () => {
  const { usage } = await create({ messages: ask('<<say hi>> <<usage cached>>') });
  assert.equal(usage.prompt_tokens, 25);
  if (upstreamHas('cache')) assert.equal(usage.prompt_tokens_details.cached_tokens, 20);
});

check('openai: reasoning, whole and streamed', async () => {
  const messages = ask(`<<think ${thought}>> <<say 42>>`);
  const whole = await create({ messages });
  assert.equal(whole.choices[0].message.reasoning_content, thought);
  assert.equal(whole.choices[0].message.content, '42');
  const parts = await chunks({ messages });
  assert.equal(parts.map(p => p.choices[0]?.delta?.reasoning_content ?? '').join(''), thought);
  assert.equal(parts.map(p => p.choices[0]?.delta?.content ?? '').join(''), '42');
});

check('openai: a tool call, whole and streamed', async () => {
  const messages = ask(`<<say Looking.>> <<tool get_weather ${JSON.stringify(city)}>>`);
  for (const answer of [await create({ messages, tools }), await stream({ messages, tools }).finalChatCompletion()]) {
    const [choice] = answer.choices;
    assert.equal(choice.finish_reason, 'tool_calls');
    assert.equal(choice.message.content, 'Looking.');
    assert.equal(choice.message.tool_calls.length, 1);
    assert.ok(choice.message.tool_calls[0].id);
    assert.equal(choice.message.tool_calls[0].function.name, 'get_weather');
    assert.deepEqual(JSON.parse(choice.message.tool_calls[0].function.arguments), city);
  }
});

check('openai: parallel tool calls keep their index', async () => {
  const parts = await chunks({ tools, messages: ask(`<<tool get_weather ${JSON.stringify(city)}>> <<also get_time {"city":"東京"}>>`) });
  const calls = parts.flatMap(p => p.choices[0]?.delta?.tool_calls ?? []);
  const of = index => calls.filter(c => c.index === index);
  assert.deepEqual([...new Set(calls.map(c => c.index))], [0, 1]);
  assert.deepEqual(calls.filter(c => c.id).map(c => c.function.name), ['get_weather', 'get_time']);
  assert.deepEqual(JSON.parse(of(0).map(c => c.function.arguments ?? '').join('')), city);
  assert.deepEqual(JSON.parse(of(1).map(c => c.function.arguments ?? '').join('')), { city: '東京' });
});

check('openai: a tool without arguments', async () => {
  const answer = await stream({ tools, messages: ask('<<tool get_time {}>>') }).finalChatCompletion();
  assert.deepEqual(JSON.parse(answer.choices[0].message.tool_calls[0].function.arguments || '{}'), {});
});

check('openai: runTools goes two rounds and ends', async () => {
  const seen = [];
  const run = client.chat.completions.runTools({
    model,
    stream: true,
    messages: ask('<<tool get_weather {"city":"Oslo"}>> <<tool get_time {"city":"Bergen"}>>'),
    tools: tools.map(t => ({ ...t, function: { ...t.function, parse: JSON.parse, function: a => { seen.push(a.city); return `${a.city} is fine`; } } })),
  });
  assert.equal(await run.finalContent(), 'Tool said: Oslo is fine | Bergen is fine');
  assert.deepEqual(seen, ['Oslo', 'Bergen']);
});

check('openai: two results of parallel calls go back together', async () => {
  const call = (id, name) => ({ id, type: 'function', function: { name, arguments: '{"city":"Oslo"}' } });
  const answer = await create({
    tools,
    messages: [
      ...ask('go'),
      { role: 'assistant', content: null, tool_calls: [call('call_a', 'get_weather'), call('call_b', 'get_time')] },
      { role: 'tool', tool_call_id: 'call_a', content: 'sunny' },
      { role: 'tool', tool_call_id: 'call_b', content: 'noon' },
    ],
  });
  assert.equal(answer.choices[0].message.content, 'Tool said: sunny | noon');
});

check('openai: parameters reach the model', async () => {
  const answer = await create({ messages: ask('<<settings>>'), temperature: 0, top_p: 0.5, max_tokens: 77, stop: ['XX', 'YY'] });
  assert.deepEqual(JSON.parse(answer.choices[0].message.content), { temperature: 0, top_p: 0.5, max_tokens: 77, ...(upstreamHas('stop') && { stop: ['XX', 'YY'] }) });
});

check('openai: an image arrives', async () => {
  const answer = await create({ messages: ask([{ type: 'text', text: '<<images>>' }, { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } }]) });
  assert.equal(answer.choices[0].message.content, `image/png ${pixel.length}`);
});

check('openai: length as finish reason', async () => {
  const answer = await create({ messages: ask('<<say cut>> <<stop length>>') });
  assert.equal(answer.choices[0].finish_reason, 'length');
});

for (const [status, type] of [[400, OpenAI.BadRequestError], [401, OpenAI.AuthenticationError], [403, OpenAI.PermissionDeniedError], [404, OpenAI.NotFoundError], [429, OpenAI.RateLimitError], [500, OpenAI.InternalServerError], [503, OpenAI.InternalServerError]]) {
  check(`openai: upstream ${status} is ${type.name}, whole and streamed`, async () => {
    for (const streamed of [false, true]) {
      const error = await failure(create({ messages: ask(`<<error ${status} the reason>>`), stream: streamed }));
      assert.ok(error instanceof type, `${error.constructor.name}: ${error.message}`);
      assert.equal(error.status, status);
      assert.match(error.error?.message ?? '', /the reason/);
      assert.equal(typeof error.error.type, 'string');
    }
  });
}

for (const [name, fault] of [['an error event', 'oops 3'], ['a truncated stream', 'truncate 3'], ['a cut stream', 'cut 3']]) {
  check(`openai: ${name} from upstream is an error, not an end`, async () => {
    let got = '';
    const error = await failure((async () => {
      for await (const part of await create({ stream: true, messages: ask(`<<slow 20>> <<say one two three four five>> <<${fault}>>`) })) {
        got += part.choices[0]?.delta?.content ?? '';
        assert.ok(!part.choices[0]?.finish_reason, 'a finish reason was made up');
      }
    })());
    assert.ok(!(error instanceof assert.AssertionError), error.message);
    assert.equal(got, 'one two three');
  });
}

check('openai: a stream can be aborted', async () => {
  const answer = await create({ stream: true, messages: ask('<<slow 50>> <<stamp 200>>') });
  let count = 0;
  for await (const part of answer) {
    if (part.choices[0]?.delta?.content && ++count === 3) answer.controller.abort();
    assert.ok(count < 20, 'it goes on after the abort');
  }
  assert.equal((await create({ messages: ask('<<say still here>>') })).choices[0].message.content, 'still here');
});
