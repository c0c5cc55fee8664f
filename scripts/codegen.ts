import { generate } from './generate.ts';

for (const file of await generate()) console.log(`wrote ${file}`);
