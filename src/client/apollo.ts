import type { Client } from 'graphql-ws';
import { resumable } from './graphql-ws.ts';

/** For Apollo: `new GraphQLWsLink(resumableForApollo(client))` with a graphql-ws client. */
export const resumableForApollo = (client: Client): Client => resumable(client);
