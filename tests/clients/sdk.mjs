// Drives a server with the official SDKs: BASE=http://127.0.0.1:4800 MODEL=openai/fake-model UPSTREAM=chat|responses|messages|gemini|ollama|cohere|bedrock node sdk.mjs
// UPSTREAM is the dialect of the scripted provider behind the server. ONLY=openai,anthropic picks files.
import { runAll } from './check.mjs';

for (const file of (process.env.ONLY ?? 'openai,completions,responses,anthropic,gemini,ollama,aisdk').split(',')) await import(`./${file}.mjs`);
await runAll();
