// The gateway may not import the store: lists cross the layers with these two types.
export type { Page, PageArguments } from '../store/page.ts';
