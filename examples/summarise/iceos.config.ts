import { defineConfig } from 'iceos';

const apiKey = process.env['OPENAI_API_KEY'];

/** Stands in for a model where there is no key: the first sentence, and the longest words. */
function answer({ messages }: { messages: readonly { text: string }[] }): { text: string } {
  const [request = '', ...paragraphs] = (messages.at(-1)?.text ?? '').split('\n\n');
  const text = paragraphs.join('\n\n');
  if (!request.startsWith('Name the topics')) return { text: text.match(/^.*?[.!?](?=\s|$)/s)?.[0] ?? text };
  const words = [...new Set(text.toLowerCase().match(/\p{L}{6,}/gu) ?? [])];
  return { text: JSON.stringify({ topics: words.toSorted((a, b) => b.length - a.length).slice(0, 3) }) };
}

export default defineConfig({
  providers: {
    main: apiKey === undefined ? { protocol: 'scripted', answer, wordDelayMs: 40 } : { protocol: 'openai', apiKey },
  },
  models: {
    fast: { provider: 'main', model: 'gpt-5-mini', maxOutputTokens: 2_000 },
  },
});
