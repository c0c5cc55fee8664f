const FENCED = /^( *)(```|~~~)[^\n]*\n[\s\S]*?^\1\2 *$/gm;

/** The prose of a page: without its fenced blocks. */
const prose = (text: string): string => text.replace(FENCED, '');

/** The targets of the links and pictures of a page, as they are written. */
export function linksOf(text: string): readonly string[] {
  const spoken = prose(text).replace(/(`+)[^`]+\1/g, 'code');
  const inline = [...spoken.matchAll(/\]\((?:<([^>]*)>|([^()\s]*))(?:\s+"[^"]*")?\)/g)];
  const named = [...spoken.matchAll(/^\[[^\]]+\]: +(\S+)/gm)];
  const tags = [...spoken.matchAll(/<(?:img|a)\b[^>]*\b(?:src|href)="([^"]*)"/g)];
  return [
    ...inline.map(([, angled, bare]) => angled ?? bare ?? ''),
    ...[...named, ...tags].map(([, url]) => url ?? ''),
  ];
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of prose(text).matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const shown = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/(^|\s)_(\S.*?)_(?=\W|$)/g, '$1$2');
    const slug = shown
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}\s_-]/gu, '')
      .replaceAll(/\s/g, '-');
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}
