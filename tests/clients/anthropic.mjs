// The official Anthropic SDK.
import Anthropic from '@anthropic-ai/sdk';
import { all, assert, base, check, city, failure, key, model, pixel, schema, text, thought, upstreamHas } from './check.mjs';

const client = new Anthropic({ apiKey: key, baseURL: base, maxRetries: 0, timeout: 15_000 });
const ask = content => [{ role: 'user', content }];
const tool = name => ({ name, description: 'The weather', input_schema: schema });
const tools = [tool('get_weather'), tool('get_time')];
const create = body => client.messages.create({ model, max_tokens: 2048, ...body });
const stream = body => client.messages.stream({ model, max_tokens: 2048, ...body });
const events = async body => all(await create({ stream: true, ...body }));

/** Blocks open and close one at a time, numbered from 0; one start, one stop. */
function assertWellFormed(read) {
  let open = -1;
  let next = 0;
  const kinds = read.map(e => e.type).filter(t => t !== 'ping');
  assert.equal(kinds[0], 'message_start');
  assert.equal(kinds.at(-1), 'message_stop');
  assert.equal(kinds.at(-2), 'message_delta');
  for (const kind of ['message_start', 'message_stop']) assert.equal(kinds.filter(k => k === kind).length, 1, kind);
  for (const event of read) {
    if (event.type === 'content_block_start') {
      assert.equal(open, -1, 'a block starts in another');
      assert.equal(event.index, next++);
      open = event.index;
    } else if (event.type === 'content_block_delta') {
      assert.equal(event.index, open);
    } else if (event.type === 'content_block_stop') {
      assert.equal(event.index, open);
      open = -1;
    }
  }
  assert.equal(open, -1, 'a block is left open');
}

check('anthropic: a whole answer', async () => {
  const answer = await create({ messages: ask(`<<say ${text}>>`) });
  assert.equal(answer.type, 'message');
  assert.equal(answer.role, 'assistant');
  assert.deepEqual(answer.content.map(b => [b.type, b.text]), [['text', text]]);
  assert.equal(answer.stop_reason, 'end_turn');
  assert.ok(answer.id);
  assert.ok(answer.usage.input_tokens > 0 && answer.usage.output_tokens > 0);
});

check('anthropic: thinking, text and a tool in well-formed blocks', async () => {
  const read = await events({ tools, messages: ask(`<<think ${thought}>> <<say ${text}>> <<tool get_weather ${JSON.stringify(city)}>>`) });
  assertWellFormed(read);
  assert.deepEqual(read.filter(e => e.type === 'content_block_start').map(e => e.content_block.type), ['thinking', 'text', 'tool_use']);
  assert.equal(read.find(e => e.type === 'message_delta').delta.stop_reason, 'tool_use');
});

check('anthropic: message_start estimates the input, never 0', async () => {
  const read = await events({ messages: ask('<<say hi>>') });
  assert.ok(read.find(e => e.type === 'message_start').message.usage.input_tokens > 0);
  assert.ok(read.find(e => e.type === 'message_delta').usage.output_tokens > 0);
});

check('anthropic: cached tokens stand apart from input_tokens', async () => {
  const { usage } = await create({ messages: ask('<<say hi>> <<usage cached>>') });
  assert.deepEqual([usage.input_tokens, usage.cache_read_input_tokens ?? 0], upstreamHas('cache') ? [5, 20] : [25, 0]);
});

check('anthropic: the stream helper collects the answer', async () => {
  const seen = [];
  const helper = stream({ messages: ask(`<<think ${thought}>> <<say ${text}>>`) }).on('text', t => seen.push(t));
  const answer = await helper.finalMessage();
  assert.equal(seen.join(''), text);
  assert.equal(answer.content.find(b => b.type === 'thinking').thinking, thought);
});

check('anthropic: parallel tool calls, whole and streamed', async () => {
  const messages = ask(`<<say Looking.>> <<tool get_weather ${JSON.stringify(city)}>> <<also get_time {"city":"東京"}>>`);
  for (const answer of [await create({ messages, tools }), await stream({ messages, tools }).finalMessage()]) {
    assert.equal(answer.stop_reason, 'tool_use');
    const calls = answer.content.filter(b => b.type === 'tool_use');
    assert.deepEqual(calls.map(c => [c.name, c.input]), [['get_weather', city], ['get_time', { city: '東京' }]]);
    assert.equal(new Set(calls.map(c => c.id)).size, 2);
  }
});

check('anthropic: a tool without arguments', async () => {
  const answer = await stream({ tools, messages: ask('<<tool get_time {}>>') }).finalMessage();
  assert.deepEqual(answer.content.find(b => b.type === 'tool_use').input, {});
});

check('anthropic: a tool loop with thinking in the history goes two rounds', async () => {
  const messages = ask(`<<think ${thought}>> <<tool get_weather {"city":"Oslo"}>> <<also get_time {"city":"Oslo"}>> <<tool get_time {"city":"Bergen"}>>`);
  let answer;
  for (let round = 0; round < 4; round++) {
    answer = await stream({ tools, messages }).finalMessage();
    if (answer.stop_reason !== 'tool_use') break;
    const calls = answer.content.filter(b => b.type === 'tool_use');
    messages.push({ role: 'assistant', content: answer.content });
    messages.push({ role: 'user', content: calls.map(c => ({ type: 'tool_result', tool_use_id: c.id, content: [{ type: 'text', text: `${c.name} in ${c.input.city}` }] })) });
  }
  assert.equal(answer.content.at(-1).text, 'Tool said: get_weather in Oslo | get_time in Oslo | get_time in Bergen');
});

check('anthropic: parameters reach the model', async () => {
  const answer = await create({ messages: ask('<<settings>>'), temperature: 0, top_p: 0.5, max_tokens: 77, stop_sequences: ['XX', 'YY'] });
  assert.deepEqual(JSON.parse(answer.content[0].text), { temperature: 0, top_p: 0.5, max_tokens: 77, ...(upstreamHas('stop') && { stop: ['XX', 'YY'] }) });
});

check('anthropic: an image arrives', async () => {
  const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } };
  assert.equal((await create({ messages: ask([image, { type: 'text', text: '<<images>>' }]) })).content[0].text, `image/png ${pixel.length}`);
});

check('anthropic: max_tokens as stop reason', async () => {
  const answer = await create({ messages: ask('<<say cut>> <<stop length>>') });
  assert.equal(answer.stop_reason, 'max_tokens');
});

check('anthropic: tokens are counted', async () => {
  const counted = await client.messages.countTokens({ model, system: 'Be brief.', tools, messages: ask('How many tokens is this?') });
  assert.ok(counted.input_tokens > 10, `${counted.input_tokens}`);
});

for (const [status, type] of [[400, Anthropic.BadRequestError], [401, Anthropic.AuthenticationError], [403, Anthropic.PermissionDeniedError], [404, Anthropic.NotFoundError], [429, Anthropic.RateLimitError], [500, Anthropic.InternalServerError], [529, Anthropic.InternalServerError]]) {
  check(`anthropic: upstream ${status} is ${type.name}, whole and streamed`, async () => {
    for (const streamed of [false, true]) {
      const error = await failure(create({ messages: ask(`<<error ${status} the reason>>`), stream: streamed }));
      assert.ok(error instanceof type, `${error.constructor.name}: ${error.message}`);
      assert.equal(error.status, status);
      assert.equal(error.error.type, 'error');
      assert.match(error.error.error.message, /the reason/);
    }
  });
}

for (const [name, fault] of [['an error event', 'oops 3'], ['a truncated stream', 'truncate 3'], ['a cut stream', 'cut 3']]) {
  check(`anthropic: ${name} from upstream is an error, not an end`, async () => {
    const read = [];
    const error = await failure((async () => {
      for await (const event of await create({ stream: true, messages: ask(`<<slow 20>> <<say one two three four five>> <<${fault}>>`) })) read.push(event);
    })());
    assert.ok(!(error instanceof assert.AssertionError), error.message);
    assert.equal(read.map(e => e.delta?.text ?? '').join(''), 'one two three');
    assert.ok(!read.some(e => e.type === 'message_stop' || e.delta?.stop_reason), 'an end was made up');
  });
}

check('anthropic: a stream can be aborted', async () => {
  const answer = await create({ stream: true, messages: ask('<<slow 50>> <<stamp 200>>') });
  let count = 0;
  for await (const event of answer) {
    if (event.type === 'content_block_delta' && ++count === 3) answer.controller.abort();
    assert.ok(count < 20, 'it goes on after the abort');
  }
  assert.equal((await create({ messages: ask('<<say still here>>') })).content[0].text, 'still here');
});
