import { defineConfig } from 'iceos';

/** What `recall` tells of a passage that `iceos memory index` has cut out of a file. */
interface Passage {
  readonly text: string;
  readonly source: { readonly file?: string; readonly line?: number };
  readonly score: number;
}

const LOOKED_AT = 8;
const QUOTED = 3;
/** Below, a passage has little to do with the question. */
const LEAST_SCORE = 0.25;

/** A paragraph of prose, an item of a list, or a row of a table: headings and code say little by themselves. */
const PARAGRAPH = /^(?:\|.*$(?!\n\|[ :-]+\|)|[-*] .*|[^\s|#`>-].*(?:\n[^\s|#`>-].*)*)/gm;

/** Without their endings, as `fails` and `failed` are one word here; short ones are in every text. */
const wordsOf = (text: string): ReadonlySet<string> =>
  new Set((text.toLowerCase().match(/\p{L}{4,}/gu) ?? []).map((word) => word.replace(/(?:ing|ed|es|s)$/, '')));

/** The paragraphs of a passage: where each stands, and how many words it shares with the question. */
function paragraphsOf({ text, source: { file = 'somewhere', line = 1 } }: Passage, asked: ReadonlySet<string>) {
  return [...text.matchAll(PARAGRAPH)].map((found) => ({
    quote: `> ${found[0].replaceAll(/ {2,}/g, ' ').replaceAll('\n', '\n> ')}`,
    place: `[${file}:${line + text.slice(0, found.index).split('\n').length - 1}]`,
    shared: [...wordsOf(found[0])].filter((word) => asked.has(word)).length,
  }));
}

interface Asked {
  readonly messages: readonly { readonly role: string; readonly text: string }[];
}

/** Stands in for a model where there is no key: looks the question up, and quotes what is nearest to it. */
function answer({ messages }: Asked) {
  const question = messages.find(({ role }) => role === 'user')?.text ?? '';
  const last = messages.at(-1);
  if (last?.role !== 'tool')
    return { text: 'I look that up. ', toolCalls: [{ name: 'recall', input: { question, limit: LOOKED_AT } }] };
  const told: string | readonly Passage[] = JSON.parse(last.text);
  // Why there is nothing, such as a memory that cannot be used.
  if (typeof told === 'string') return { text: told };
  const asked = wordsOf(question);
  const near = told.filter(({ score }) => score >= LEAST_SCORE).flatMap((passage) => paragraphsOf(passage, asked));
  // Of equal ones the nearer in meaning: the sort is stable, and passages come in that order.
  const best = near
    .filter(({ shared }) => shared > 0)
    .toSorted((a, b) => b.shared - a.shared)
    .slice(0, QUOTED);
  if (best.length === 0) return { text: 'The documents say nothing about that.' };
  return { text: ['The documents say:', ...best.map(({ quote, place }) => `${quote}\n${place}`)].join('\n\n') };
}

const openai = process.env['OPENAI_API_KEY'] ?? '';
const anthropic = process.env['ANTHROPIC_API_KEY'] ?? '';

function provider() {
  if (openai !== '') return { protocol: 'openai', apiKey: openai } as const;
  if (anthropic !== '') return { protocol: 'anthropic', apiKey: anthropic } as const;
  return { protocol: 'scripted', answer, wordDelayMs: 15 } as const;
}

function model(): string {
  if (openai !== '') return 'gpt-5-mini';
  return anthropic === '' ? 'script' : 'claude-sonnet-4-5';
}

export default defineConfig({
  providers: { main: provider(), here: { protocol: 'local' } },
  models: {
    reader: { provider: 'main', model: model(), maxOutputTokens: 4_000 },
    meaning: { kind: 'embedding', provider: 'here', model: 'use-lite-en', dimensions: 512 },
  },
  memories: {
    docs: { kind: 'semantic', guarantees: ['durable', 'vectorised'], model: 'meaning' },
  },
  agents: {
    librarian: {
      version: '1.0.0',
      description: 'Answers questions about the documents in the memory "docs".',
      model: 'reader',
      instructions:
        'You answer questions about documents. Look each question up with `recall` before you answer, in other words when ' +
        'the first ones find nothing. Say only what the passages say, in a few sentences, and behind each of them where it ' +
        'stands: the file and line of its source in square brackets, as in [memory.md:12]. When they do not answer, say so.',
      memories: ['docs'],
      maxTurns: 6,
    },
  },
});
