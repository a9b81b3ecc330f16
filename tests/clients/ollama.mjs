// Ollama's own client.
import { Ollama } from 'ollama';
import { all, assert, base, check, city, failure, key, model, pixel, schema, text, thought, upstreamHas } from './check.mjs';

const client = new Ollama({ host: base, headers: { Authorization: `Bearer ${key}` } });
const ask = content => [{ role: 'user', content }];
const tool = name => ({ type: 'function', function: { name, description: 'The weather', parameters: schema } });
const tools = [tool('get_weather'), tool('get_time')];
const create = body => client.chat({ model, ...body });
const stream = async body => all(await client.chat({ model, stream: true, ...body }));
const joined = (lines, field) => lines.map(line => line.message[field] ?? '').join('');

check('ollama: a whole answer', async () => {
  const answer = await create({ messages: ask(`<<say ${text}>>`) });
  assert.equal(answer.message.content, text);
  assert.deepEqual([answer.done, answer.done_reason], [true, 'stop']);
  assert.ok(answer.prompt_eval_count > 0 && answer.eval_count > 0 && answer.total_duration > 0);
});

check('ollama: a stream ends with one line that is done', async () => {
  const lines = await stream({ messages: ask(`<<say ${text}>>`) });
  assert.equal(joined(lines, 'content'), text);
  assert.deepEqual(lines.map(line => line.done), lines.map((_, i) => i === lines.length - 1));
  assert.ok(lines.at(-1).eval_count > 0);
});

check('ollama: thinking, whole and streamed', async () => {
  const body = { think: true, messages: ask(`<<think ${thought}>> <<say 42>>`) };
  for (const lines of [[await create(body)], await stream(body)]) {
    assert.equal(joined(lines, 'thinking'), thought);
    assert.equal(joined(lines, 'content'), '42');
  }
});

check('ollama: parallel calls, whole and streamed', async () => {
  const body = { tools, messages: ask(`<<say Looking.>> <<tool get_weather ${JSON.stringify(city)}>> <<also get_time {"city":"東京"}>>`) };
  for (const lines of [[await create(body)], await stream(body)]) {
    assert.equal(joined(lines, 'content'), 'Looking.');
    const calls = lines.flatMap(line => line.message.tool_calls ?? []);
    assert.deepEqual(calls.map(c => [c.function.name, c.function.arguments]), [['get_weather', city], ['get_time', { city: '東京' }]]);
  }
});

check('ollama: a tool loop goes two rounds', async () => {
  const messages = ask(`<<tool get_weather {"city":"Oslo"}>> <<also get_time {"city":"Oslo"}>> <<tool get_time {"city":"Bergen"}>>`);
  let answer;
  for (let round = 0; round < 4; round++) {
    answer = await create({ messages, tools });
    messages.push(answer.message);
    if (!answer.message.tool_calls?.length) break;
    for (const { function: call } of answer.message.tool_calls) messages.push({ role: 'tool', tool_name: call.name, content: `${call.name} in ${call.arguments.city}` });
  }
  assert.equal(answer.message.content, 'Tool said: get_weather in Oslo | get_time in Oslo | get_time in Bergen');
});

check('ollama: options reach the model', async () => {
  const answer = await create({ messages: ask('<<settings>>'), options: { temperature: 0, top_p: 0.5, num_predict: 77, stop: ['XX', 'YY'] } });
  assert.deepEqual(JSON.parse(answer.message.content), { temperature: 0, top_p: 0.5, max_tokens: 77, ...(upstreamHas('stop') && { stop: ['XX', 'YY'] }) });
});

check('ollama: an image arrives', async () => {
  const answer = await create({ messages: [{ role: 'user', content: '<<images>>', images: [pixel] }] });
  assert.equal(answer.message.content, `image/png ${pixel.length}`);
});

check('ollama: length as done_reason', async () => {
  assert.equal((await create({ messages: ask('<<say cut>> <<stop length>>') })).done_reason, 'length');
});

check('ollama: generate, whole and streamed', async () => {
  const body = { model, prompt: `<<think ${thought}>> <<say ${text}>>`, think: true };
  const whole = await client.generate(body);
  const lines = await all(await client.generate({ ...body, stream: true }));
  assert.deepEqual([whole.response, whole.thinking, whole.done_reason], [text, thought, 'stop']);
  assert.deepEqual(['response', 'thinking'].map(field => lines.map(line => line[field] ?? '').join('')), [text, thought]);
  assert.deepEqual(lines.map(line => line.done), lines.map((_, i) => i === lines.length - 1));
});

for (const status of [400, 401, 404, 429, 500, 503]) {
  check(`ollama: upstream ${status} keeps its status, whole and streamed`, async () => {
    for (const run of [create, stream]) {
      const error = await failure(run({ messages: ask(`<<error ${status} the reason>>`) }));
      assert.equal(error.status_code, status, error.message);
      assert.match(error.message, /the reason/);
    }
  });
}

for (const [name, fault] of [['an error line', 'oops 3'], ['a truncated stream', 'truncate 3'], ['a cut stream', 'cut 3']]) {
  check(`ollama: ${name} from upstream is an error, not an end`, async () => {
    const read = [];
    const error = await failure((async () => {
      for await (const line of await client.chat({ model, stream: true, messages: ask(`<<slow 20>> <<say one two three four five>> <<${fault}>>`) })) read.push(line);
    })());
    assert.ok(!(error instanceof assert.AssertionError), error.message);
    assert.equal(joined(read, 'content'), 'one two three');
    assert.ok(!read.some(line => line.done), 'an end was made up');
  });
}
