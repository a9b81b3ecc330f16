// Drives a server with the official SDKs: BASE=http://127.0.0.1:4800 MODEL=openai/fake-model UPSTREAM=chat|messages node sdk.mjs
// UPSTREAM is the dialect of the scripted provider behind the server. ONLY=openai,anthropic,aisdk picks files.
import { runAll } from './check.mjs';

for (const file of (process.env.ONLY ?? 'openai,anthropic,aisdk').split(',')) await import(`./${file}.mjs`);
await runAll();
