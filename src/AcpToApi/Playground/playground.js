'use strict';
// Talks to this very server in OpenAI's dialect; nothing is loaded from or sent to anywhere else, and the key stays in this page.
const el = id => document.getElementById(id);
const panes = ['content', 'reasoning', 'raw'];
let running = null;

const headers = () => {
  const key = el('key').value.trim();
  return key ? { Authorization: 'Bearer ' + key } : {};
};

async function listModels() {
  const answer = await fetch('/v1/models', { headers: headers() });
  if (!answer.ok) return;
  const { data } = await answer.json();
  el('models').replaceChildren(...data.map(model => Object.assign(document.createElement('option'), { value: model.id })));
  if (!el('model').value && data.length) el('model').value = data[0].id;
}

function show(pane) {
  for (const name of panes) {
    el(name).hidden = name !== pane;
    el('tab-' + name).setAttribute('aria-selected', String(name === pane));
  }
}

function add(pane, text) {
  if (text) el(pane).append(text);
}

function tell(message) {
  el('content').classList.add('error');
  add('content', message);
  show('content');
}

// Yields the data of each server-sent event, and shows every byte in the raw pane.
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    add('raw', value);
    const parts = (rest + value).split(/\r?\n\r?\n/);
    rest = parts.pop();
    for (const part of parts) {
      const data = part.split(/\r?\n/).filter(line => line.startsWith('data:')).map(line => line.slice(5).trimStart()).join('\n');
      if (data && data !== '[DONE]') yield JSON.parse(data);
    }
  }
}

async function ask(signal) {
  const began = performance.now();
  let first = null;
  const times = () => {
    const total = Math.round(performance.now() - began);
    el('times').value = (first === null ? '' : `first token ${Math.round(first)} ms, `) + `total ${total} ms`;
  };
  const answer = await fetch('/v1/chat/completions', {
    method: 'POST',
    signal,
    headers: { 'Content-Type': 'application/json', ...headers() },
    body: JSON.stringify({ model: el('model').value.trim(), stream: true, messages: [{ role: 'user', content: el('prompt').value }] }),
  });
  if (!answer.ok) {
    const text = await answer.text();
    add('raw', text);
    let message = text;
    try { message = JSON.parse(text).error.message; } catch { /* not JSON: shown as it is */ }
    tell(`${answer.status}: ${message}`);
    return times();
  }
  for await (const event of events(answer.body)) {
    if (event.error) tell('\n' + event.error.message);
    const delta = event.choices?.[0]?.delta ?? {};
    if (first === null && (delta.content || delta.reasoning_content || delta.tool_calls)) first = performance.now() - began;
    add('reasoning', delta.reasoning_content);
    add('content', delta.content);
    times();
  }
  times();
}

el('ask').addEventListener('submit', async submitted => {
  submitted.preventDefault();
  running?.abort();
  const mine = running = new AbortController();
  for (const pane of panes) el(pane).replaceChildren();
  el('content').classList.remove('error');
  el('times').value = '';
  el('send').disabled = true;
  el('stop').disabled = false;
  try {
    await ask(mine.signal);
  } catch (failure) {
    if (failure.name !== 'AbortError') tell('\n' + failure.message);
  } finally {
    if (running === mine) running = null;
    el('send').disabled = false;
    el('stop').disabled = true;
  }
});
el('stop').addEventListener('click', () => running?.abort());
el('key').addEventListener('change', listModels);
for (const pane of panes) el('tab-' + pane).addEventListener('click', () => show(pane));
el('prompt').value = 'Hello! [[think Let me see who is there.]]';
listModels();
