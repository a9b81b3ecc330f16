// Reads the JSON array of texts in a file, writes the array of their token counts (o200k_base).
import { readFileSync } from 'node:fs';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';

const texts = JSON.parse(readFileSync(process.argv[2], 'utf8'));
console.log(JSON.stringify(texts.map(text => encode(text).length)));
