/** The commands of a block of shell, each as its words, without what is before it (settings) and behind it (redirections). */
export function shellCommands(text: string): readonly (readonly string[])[] {
  const found: (readonly string[])[] = [];
  let words: string[] = [];
  let word: string | undefined;
  let skipWord = false;
  const endWord = (): void => {
    // What stands behind < or > is a file and no argument.
    if (word !== undefined && !skipWord) words.push(word);
    if (word !== undefined) skipWord = false;
    word = undefined;
  };
  const endCommand = (): void => {
    endWord();
    while (/^[A-Za-z_]\w*=/.test(words[0] ?? '')) words.shift();
    if (words.length > 0) found.push(words);
    words = [];
  };
  const tokens = text
    .replaceAll('\\\n', ' ')
    .matchAll(
      /'([^']*)'|"((?:\$\([^)]*\)|\\.|[^"\\])*)"|\$\(([^()]*)\)|(?<=^|\s)#[^\n]*|(&&|\|\||[|&;\n])|(\d?[<>]+&?\d?)|([ \t]+)|(.)/g,
    );
  for (const [whole, single, double, inner, separator, redirect, blank, other] of tokens) {
    const quoted = single ?? double ?? other;
    if (inner !== undefined) found.push(...shellCommands(inner));
    if (double !== undefined)
      for (const [, command = ''] of double.matchAll(/\$\(([^)]*)\)/g)) found.push(...shellCommands(command));
    if (quoted !== undefined) word = (word ?? '') + quoted;
    else if (inner !== undefined) word = `${word ?? ''}${whole}`;
    else if (separator !== undefined) endCommand();
    else if (redirect !== undefined) {
      endWord();
      skipWord = !/&\d$/.test(redirect);
    } else if (blank !== undefined) endWord();
  }
  endCommand();
  return found;
}
