import { backendClient, createApp } from '../_shared/http/mod.ts'
import { rpcWebhookInbox } from '../_shared/webhooks/mod.ts'
import { addSource } from './add_source.ts'
import { sources } from './sources.ts'

/** The application, for the API document. Providers put many events into one call. */
export const app = createApp('webhooks', { maxBodyBytes: 4 * 1024 * 1024 })

for (const source of sources) addSource(app, source, (env) => rpcWebhookInbox(backendClient(env)))

export default { fetch: app.fetch }
