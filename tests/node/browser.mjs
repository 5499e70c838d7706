// Has Chromium visit a page, and prints status and text as JSON.
//
//     browser.mjs URL ALLOWED
//
// ALLOWED is the list of hosts that may ask for a ticket.

import { createRequire } from 'node:module';

// NODE_PATH says where the packages are; `import` does not look there.
const { chromium } = createRequire(import.meta.url)('playwright-core');

const [url, allowed] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  headless: true,
  args: ['--no-sandbox', '--no-proxy-server', `--auth-server-allowlist=${allowed}`],
});
const page = await browser.newPage();
// The first page of a fresh profile may be shown before the browser has read the list.
for (let i = 0; i < 2; i++) {
  var response = await page.goto(url);
}
console.log(JSON.stringify({ status: response.status(), body: await response.text(), fields: await response.headersArray() }));
await browser.close();
