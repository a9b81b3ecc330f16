// Opens the page in a real browser, asks the demo, and prints "ok - …" or "not ok - …" lines. BASE is the server, CHROMIUM the browser.
import { chromium } from 'playwright-core';

const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: quiet });
const page = await browser.newPage({ viewport: { width: 1000, height: 700 } });
const complaints = [], urls = new Set();
page.on('console', message => message.type() === 'error' && complaints.push(message.text()));
page.on('pageerror', error => complaints.push(String(error)));
page.on('request', request => urls.add(request.url()));
const check = (good, what) => console.log(`${good ? 'ok' : 'not ok'} - ${what}`);
const idle = () => page.waitForFunction(() => !document.getElementById('send').disabled);
const ask = async prompt => { await page.fill('#model', 'demo/demo'); await page.fill('#prompt', prompt); await page.click('#send'); };

await page.goto(process.env.BASE + '/');
await page.waitForFunction(() => document.querySelectorAll('#models option').length > 0);
check(await page.$eval('#models', list => [...list.options].some(option => option.value === 'demo/demo')), 'the models are listed');

await ask('[[think Let me look.]] [[delay 40]] [[text one two three four five six seven eight nine ten]]');
await page.waitForFunction(() => document.getElementById('content').textContent.includes('three'));
check(!(await page.textContent('#content')).includes('ten'), 'text shows while it streams');
if (process.env.SCREENSHOT) await page.screenshot({ path: process.env.SCREENSHOT });
await idle();
check((await page.textContent('#content')) === 'one two three four five six seven eight nine ten', 'the whole text is there');
await page.click('#tab-reasoning');
check(await page.isVisible('#reasoning') && (await page.textContent('#reasoning')) === 'Let me look.', 'reasoning has its own tab');
await page.click('#tab-raw');
check((await page.textContent('#raw')).trimEnd().endsWith('data: [DONE]'), 'raw shows every frame');
check(/^first token \d+ ms, total \d+ ms$/.test(await page.$eval('#times', output => output.value)), 'times are told');

await ask('[[delay 100]] [[text this takes a while and is stopped before it ends, said the page]]');
await page.waitForFunction(() => document.getElementById('content').textContent.includes('this'));
await page.click('#stop');
await idle();
check(!(await page.textContent('#content')).includes('page'), 'stop stops');

check(complaints.length === 0, 'the browser has nothing to complain of' + complaints.map(text => '\n  # ' + text).join(''));
await ask('[[error 429 slow down]]');
await idle();
check((await page.textContent('#content')).includes('429: slow down'), 'an error is told');
check([...urls].every(url => url.startsWith(process.env.BASE + '/') || url.startsWith('data:')), 'nothing is asked of anybody else');
await browser.close();
