/** Moves the cursor of a message into the variables that are sent again after a lost connection. */
export function rememberCursor(
  variables: Record<string, unknown>,
  { extensions }: { readonly extensions?: unknown },
): void {
  if (typeof extensions !== 'object' || extensions === null || !('cursor' in extensions)) return;
  if (typeof extensions.cursor === 'string') variables['after'] = extensions.cursor;
}
