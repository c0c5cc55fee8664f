import { defineConfig } from 'iceos';

const apiKey = process.env['OPENAI_API_KEY'];

interface Asked {
  readonly messages: readonly { readonly text: string }[];
}

/** Stands in for a model where there is no key: as many of the first words as the style has, and votes for the shortest headline. */
function answer({ messages }: Asked): { text: string } {
  const [instructions = '', task = ''] = messages.map(({ text }) => text);
  const answers = [...task.matchAll(/^Answer "(\w+)":\n(.*)$/gm)].map(([, name = '', text = '']) => ({ name, text }));
  const [shortest] = answers.toSorted((a, b) => a.text.length - b.text.length);
  if (task.includes('Which answer is the best?') && shortest !== undefined)
    return {
      text: JSON.stringify({ choice: shortest.name, reason: `"${shortest.text}" says it in the fewest words.` }),
    };
  const words = (task.split('\n\n')[1] ?? '').split(/\s+/);
  const length = instructions.includes('briefly') ? 3 : instructions.includes('warmly') ? 5 : 7;
  return { text: words.slice(0, length).join(' ') };
}

const writer = (style: string) => ({
  version: '1.0.0',
  model: 'fast',
  description: `Writes headlines ${style}.`,
  instructions: `You write headlines ${style}, and judge those of others by that. Answer with the headline alone.`,
});

export default defineConfig({
  providers: {
    main: apiKey === undefined ? { protocol: 'scripted', answer, wordDelayMs: 40 } : { protocol: 'openai', apiKey },
  },
  models: { fast: { provider: 'main', model: 'gpt-5-mini', maxOutputTokens: 2_000 } },
  agents: { brief: writer('briefly'), warm: writer('warmly'), exact: writer('exactly') },
});
