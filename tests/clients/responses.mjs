// The official OpenAI SDK over /v1/responses.
import OpenAI from 'openai';
import { all, assert, base, check, city, failure, key, model, pixel, schema, text, thought, upstreamHas } from './check.mjs';

const client = new OpenAI({ apiKey: key, baseURL: `${base}/v1`, maxRetries: 0, timeout: 15_000 });
const tool = name => ({ type: 'function', name, description: 'The weather', strict: false, parameters: schema });
const tools = [tool('get_weather'), tool('get_time')];
const create = body => client.responses.create({ model, ...body });
const stream = body => client.responses.stream({ model, ...body });
const callsOf = answer => answer.output.filter(item => item.type === 'function_call');

check('responses: a whole answer', async () => {
  const answer = await create({ input: `<<say ${text}>>` });
  assert.equal(answer.object, 'response');
  assert.equal(answer.status, 'completed');
  assert.equal(answer.output_text, text);
  assert.ok(answer.usage.input_tokens > 0 && answer.usage.output_tokens > 0);
});

check('responses: a stream opens and closes everything, numbered from 0', async () => {
  const helper = stream({ input: `<<think ${thought}>> <<say ${text}>>` });
  const events = await all(helper);
  const types = events.map(e => e.type);
  assert.deepEqual(events.map(e => e.sequence_number), events.map((_, i) => i));
  assert.equal(types[0], 'response.created');
  assert.equal(types.at(-1), 'response.completed');
  const count = type => types.filter(t => t === type).length;
  for (const part of ['output_item', 'content_part']) assert.equal(count(`response.${part}.added`), count(`response.${part}.done`), part);
  assert.equal(events.filter(e => e.type === 'response.output_text.delta').map(e => e.delta).join(''), text);
  assert.equal((await helper.finalResponse()).output_text, text);
});

check('responses: reasoning, whole and streamed', async () => {
  const input = `<<think ${thought}>> <<say 42>>`;
  for (const answer of [await create({ input }), await stream({ input }).finalResponse()]) {
    const item = answer.output.find(i => i.type === 'reasoning');
    assert.equal([...(item.summary ?? []), ...(item.content ?? [])].map(p => p.text).join(''), thought);
    assert.equal(answer.output_text, '42');
  }
});

check('responses: parallel calls, whole and streamed', async () => {
  const input = `<<say Looking.>> <<tool get_weather ${JSON.stringify(city)}>> <<also get_time {"city":"東京"}>>`;
  for (const answer of [await create({ input, tools }), await stream({ input, tools }).finalResponse()]) {
    assert.equal(answer.output_text, 'Looking.');
    assert.deepEqual(callsOf(answer).map(c => [c.name, JSON.parse(c.arguments)]), [['get_weather', city], ['get_time', { city: '東京' }]]);
    assert.equal(new Set(callsOf(answer).map(c => c.call_id)).size, 2);
  }
});

check('responses: a tool loop that sends everything again goes two rounds', async () => {
  const input = [{ role: 'user', content: `<<think ${thought}>> <<tool get_weather {"city":"Oslo"}>> <<also get_time {"city":"Oslo"}>> <<tool get_time {"city":"Bergen"}>>` }];
  let answer;
  for (let round = 0; round < 4; round++) {
    answer = await stream({ input, tools, store: false, include: ['reasoning.encrypted_content'] }).finalResponse();
    input.push(...answer.output);
    if (callsOf(answer).length === 0) break;
    for (const call of callsOf(answer)) input.push({ type: 'function_call_output', call_id: call.call_id, output: `${call.name} in ${JSON.parse(call.arguments).city}` });
  }
  assert.equal(answer.output_text, 'Tool said: get_weather in Oslo | get_time in Oslo | get_time in Bergen');
});

check('responses: a tool loop over previous_response_id', async () => {
  const first = await create({ input: '<<tool get_weather {"city":"Oslo"}>>', tools });
  const [call] = callsOf(first);
  const second = await create({ previous_response_id: first.id, tools, input: [{ type: 'function_call_output', call_id: call.call_id, output: 'sunny' }] });
  assert.equal(second.output_text, 'Tool said: sunny');
  assert.equal((await client.responses.retrieve(second.id)).output_text, 'Tool said: sunny');
  await client.responses.delete(second.id);
  assert.equal((await failure(client.responses.retrieve(second.id))).status, 404);
});

check('responses: a custom tool takes free text', async () => {
  const patch = '*** Begin Patch\n"quoted"\n*** End Patch';
  const answer = await create({
    input: `<<tool apply_patch ${JSON.stringify({ input: patch })}>>`,
    tools: [{ type: 'custom', name: 'apply_patch', description: 'Patches files' }],
  });
  const call = answer.output.find(item => item.type === 'custom_tool_call');
  assert.deepEqual([call?.name, call?.input], ['apply_patch', patch]);
});

check('responses: parameters reach the model', async () => {
  const answer = await create({ input: '<<settings>>', temperature: 0, top_p: 0.5, max_output_tokens: 77 });
  assert.deepEqual(JSON.parse(answer.output_text), { temperature: 0, top_p: 0.5, max_tokens: 77 });
});

check('responses: an image arrives', async () => {
  const content = [{ type: 'input_text', text: '<<images>>' }, { type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${pixel}` }];
  assert.equal((await create({ input: [{ role: 'user', content }] })).output_text, `image/png ${pixel.length}`);
});

check('responses: an answer cut for its length is incomplete', async () => {
  const answer = await create({ input: '<<say cut>> <<stop length>>' });
  assert.deepEqual([answer.status, answer.incomplete_details?.reason], ['incomplete', 'max_output_tokens']);
});

check('responses: cached tokens are part of input_tokens', async () => {
  const { usage } = await create({ input: '<<say hi>> <<usage cached>>' });
  assert.equal(usage.input_tokens, 25);
  if (upstreamHas('cache')) assert.equal(usage.input_tokens_details.cached_tokens, 20);
});

for (const [status, type] of [[400, OpenAI.BadRequestError], [401, OpenAI.AuthenticationError], [429, OpenAI.RateLimitError], [500, OpenAI.InternalServerError]]) {
  check(`responses: upstream ${status} is ${type.name}, whole and streamed`, async () => {
    for (const streamed of [false, true]) {
      const error = await failure(create({ input: `<<error ${status} the reason>>`, stream: streamed }));
      assert.ok(error instanceof type, `${error.constructor.name}: ${error.message}`);
      assert.match(error.error?.message ?? '', /the reason/);
    }
  });
}

for (const [name, fault] of [['an error event', 'oops 3'], ['a truncated stream', 'truncate 3'], ['a cut stream', 'cut 3']]) {
  check(`responses: ${name} from upstream is an error, not an end`, async () => {
    const read = [];
    const error = await (async () => {
      for await (const event of await create({ stream: true, input: `<<slow 20>> <<say one two three four five>> <<${fault}>>` })) read.push(event);
    })().catch(e => e);
    assert.ok(error instanceof Error || read.some(e => e.type === 'error' || e.type === 'response.failed'), read.map(e => e.type).join(' '));
    assert.ok(!read.some(e => e.type === 'response.completed'), 'an end was made up');
    assert.equal(read.filter(e => e.type === 'response.output_text.delta').map(e => e.delta).join(''), 'one two three');
  });
}
